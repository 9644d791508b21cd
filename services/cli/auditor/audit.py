"""`relais audit replay`: the auditor's verdict on the log, without any decryption key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.common.asked import AtKafka, command
from services.cli.common.output import check_realm, print_json, print_table, stderr

if TYPE_CHECKING:
    from contracts.log.finding import AuditFinding
    from services.audit.replay import AuditVerdict


_SAID: Final = {
    "fr": {
        "realm": "bus", "records": "inscriptions", "released": "données remises",
        "withheld": "retenues", "refused": "envois refusés",
        "clean": "sain : {records} inscriptions décidées à nouveau, aucune divergence, {notes} remarque(s)",
        "alarm": "{number} alarme(s) ; la première : {code} sur le bus {realm}, partition {partition}, "
                 "inscription {index} : {detail}",
        "unaudited": "{number} inscription(s) n’ont pas pu être décidées à nouveau",
        "notes": "remarques : {notes}", "event": "événement",
    },
    "en": {
        "realm": "realm", "records": "records", "released": "scopes released",
        "withheld": "withheld", "refused": "events refused",
        "clean": "clean: {records} records decided again, no divergence, {notes} note(s)",
        "alarm": "{number} alarm(s); the first: {code} in {realm}, partition {partition}, "
                 "record {index}: {detail}",
        "unaudited": "{number} record(s) could not be decided again",
        "notes": "notes: {notes}", "event": "event",
    },
}  # fmt: skip
RealmOption = Annotated[
    str, typer.Option("--realm", help="One bus alone, as its auditor; else both.")
]


def register(app: typer.Typer) -> None:
    """Add the command group `audit`."""
    group = typer.Typer(no_args_is_help=True, help="Replay the log and prove what was shared.")
    group.command("replay")(replay)
    app.add_typer(group, name="audit")


@command
def replay(asked: AtKafka, realm: RealmOption = "") -> None:
    """Decide every event again from the log and compare byte by byte; exit 1 at a divergence."""
    verdict = asyncio.run(_replay(asked, _realms(realm)))
    if asked.json:
        print_json(verdict.json())
    else:
        _tell(verdict, _SAID[asked.lang.value])
    raise typer.Exit(0 if verdict.clean else 1)


def _realms(named: str) -> tuple[str, ...]:
    from contracts.vocabulary.scopes import REALMS

    if not named:
        return REALMS
    check_realm(named)
    return (named,)


async def _replay(asked: AtKafka, realms: tuple[str, ...]) -> AuditVerdict:
    """Replay with progress on standard error."""
    from rich.progress import Progress

    from contracts.vocabulary import principals
    from services.audit.replay import replay as replay_log
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import FileClock, SystemClock

    reached = {realm: asked.reach(principals.audit(realm)) for realm in realms}
    address = next(iter(reached.values()))[0]
    clients = {realm: client for realm, (_, client) in reached.items()}
    owners, moved = read_owners(asked.home), asked.home / "clock"
    clock = FileClock(moved) if moved.exists() else SystemClock()
    with Progress(console=stderr(), transient=True) as shown:
        task = shown.add_task("replaying", total=None)

        def progress(done: int, total: int) -> None:
            shown.update(task, completed=done, total=max(done, total))

        return await replay_log(address, realms, owners, clock.now, progress, clients)


def _tell(verdict: AuditVerdict, said: Mapping[str, str]) -> None:
    """The verdict in words, counts, every alarm with its place, and notes by code."""
    counted = ("records", "released", "withheld", "refused")
    rows = [
        [realm, *(str(tally[name]) for name in counted)] for realm, tally in verdict.tallies.items()
    ]
    print_table((said["realm"], *(said[name] for name in counted)), rows)
    alarms = [(realm, one) for realm, one in verdict.findings if one.alarm]
    if alarms:
        realm, first = alarms[0]
        told = said["alarm"].format(
            number=len(alarms), code=first.code, realm=realm, partition=first.partition,
            index=first.index, detail=first.detail,
        )  # fmt: skip
        typer.echo("\n".join([told, *(_line(one, said["event"]) for _, one in alarms)]))
    else:
        notes = len(verdict.findings)
        typer.echo(said["clean"].format(records=verdict.records, notes=notes))
    if verdict.unaudited:
        typer.echo(said["unaudited"].format(number=verdict.unaudited))
    if verdict.notes:
        listed = ", ".join(f"{code} {number}" for code, number in verdict.notes.items())
        typer.echo(said["notes"].format(notes=listed))


def _line(one: AuditFinding, event: str) -> str:
    """An alarm with its place and instant, and the event that it is about."""
    words = [one.code]
    if one.topic:
        words.append(f"{one.topic}/{one.partition}/{one.offset}")
    if one.at:
        words.append(datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    if one.event:
        words.append(f"{event} {one.event}")
    return "  " + "  ".join(words)
