"""`relais audit replay`: the auditor's verdict on the log, without any decryption key."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands._output import (
    HOME,
    Format,
    FormatOption,
    HomeOption,
    errors_become_exit_codes,
    print_json,
    print_table,
    stderr,
)

if TYPE_CHECKING:
    from services.audit.replay import Verdict


def register(app: typer.Typer) -> None:
    """Add the command group `audit`."""
    group = typer.Typer(no_args_is_help=True, help="Replay the log and prove what was shared.")
    group.command("replay")(replay)
    app.add_typer(group, name="audit")


def replay(
    home: HomeOption = HOME,
    form: FormatOption = Format.TEXT,
    kafka: Annotated[
        str, typer.Option(envvar="RELAIS_KAFKA", help="Kafka's address; else the local node's.")
    ] = "",
) -> None:
    """Decide every event again from the log and compare byte by byte; exit 1 at a divergence."""
    with errors_become_exit_codes():
        verdict = asyncio.run(_replay(home, kafka))
    if form is Format.JSON:
        print_json(verdict.json())
    else:
        _tell(verdict)
    raise typer.Exit(0 if verdict.clean else 1)


async def _replay(home: Path, kafka: str) -> Verdict:
    """Replay with progress on standard error."""
    from rich.progress import Progress

    from contracts.scopes import REALMS
    from services.audit.replay import replay as replay_log
    from services.local.node import status
    from services.shell.clock import FileClock, SystemClock
    from services.shell.owners import read_owners

    address = kafka or status(home / "kafka").bootstrap
    owners, moved = read_owners(home), home / "clock"
    clock = FileClock(moved) if moved.exists() else SystemClock()
    with Progress(console=stderr(), transient=True) as shown:
        task = shown.add_task("replaying", total=None)

        def progress(done: int, total: int) -> None:
            shown.update(task, completed=done, total=max(done, total))

        return await replay_log(address, REALMS, owners, clock.now, progress)


def _tell(verdict: Verdict) -> None:
    """The verdict in words, counts, and the first divergence."""
    rows = [
        [realm, *(str(tally[name]) for name in ("records", "released", "withheld", "refused"))]
        for realm, tally in verdict.tallies.items()
    ]
    print_table(("realm", "records", "scopes released", "withheld", "events refused"), rows)
    alarms = [(realm, one) for realm, one in verdict.findings if one.alarm]
    notes = len(verdict.findings) - len(alarms)
    if not alarms:
        typer.echo(f"clean: {verdict.records} records decided again, no divergence, {notes} notes")
        return
    realm, first = alarms[0]
    typer.echo(f"{len(alarms)} alarms; the first: {first.code} in {realm}, partition "
               f"{first.partition}, record {first.index}: {first.detail}")  # fmt: skip
