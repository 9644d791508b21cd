"""`relais convention simulate NEW --log …`: what a new version would have done to a recorded log."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from services.commands._kafka import (
    KafkaOption,
    TlsCaOption,
    TlsCertOption,
    TlsKeyOption,
    given_tls,
    reach,
)
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
    from contracts.log.simulate import Judged


LIVE = "live"
TELL_EVERY_S = 5.0  # where standard error is no terminal


class Report(StrEnum):
    """For whom: `shared` hides small counts, `operators` has every count."""

    SHARED = "shared"
    OPERATORS = "operators"


def simulate(
    new: Annotated[
        Path, typer.Argument(help="The convention file to try.", dir_okay=False, exists=True)
    ],
    log: Annotated[
        str, typer.Option("--log", help="A log file, or `live` for the topics themselves.")
    ] = LIVE,
    report: Annotated[
        Report, typer.Option(help="`shared` hides counts below ten; `operators` shows all.")
    ] = Report.SHARED,
    events: Annotated[
        Path | None,
        typer.Option(help="Write event ids with old and new verdict here, JSON lines; operators."),
    ] = None,
    as_sealed: Annotated[
        bool, typer.Option("--as-sealed", help="Keep each part's retention class as it was.")
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option(help="Write the live log into this file (.gz packs it), and stop."),
    ] = None,
    output: FormatOption = Format.TEXT,
    home: HomeOption = HOME,
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
) -> None:
    """Decide a recorded log again under NEW, without any key, and count what would be different."""
    from contracts import principals
    from contracts.convention.load import load
    from contracts.errors import UsageError
    from contracts.scopes import REALMS
    from services.audit.simulate import Trial, save_live, try_file, try_live
    from services.shell.owners import read_owners

    with errors_become_exit_codes():
        if events is not None and report is Report.SHARED:
            raise UsageError("list_is_not_shared", "--events", "--report operators", "--events")
        convention, owners = load(new.read_bytes(), new.name), read_owners(home)
        reached = {}
        if save is not None or log == LIVE:
            tls = given_tls(tls_ca, tls_cert, tls_key)
            reached = {one: reach(home, kafka, principals.audit(one), tls) for one in REALMS}
        if save is not None:
            number = asyncio.run(save_live(save, reached))
            typer.echo(f"{save}: {number} records")
            return
        with _listing(events) as listen, _progress("simulating") as progress:
            trial = Trial(convention, owners, as_sealed=as_sealed, listen=listen)
            if log == LIVE:
                asyncio.run(try_live(trial, owners, reached, progress))
            else:
                try_file(trial, _file(log), progress)
    found = trial.impact.wire(shared=report is Report.SHARED)
    if output is Format.JSON:
        print_json(found)
    else:
        _tell(found)


def _file(name: str) -> Path:
    from contracts.errors import UsageError

    path = Path(name)
    if not path.is_file():
        raise UsageError("log_missing", "no such file", f"a log file, or `{LIVE}`", "--log")
    return path


@contextmanager
def _listing(path: Path | None) -> Iterator[Callable[[Judged], None] | None]:
    """Writes the operators' list as it grows."""
    from contracts.log.impact import line

    if path is None:
        yield None
        return
    with path.open("wb") as file:

        def listen(judged: Judged) -> None:
            if judged.changed:
                file.write(orjson.dumps(line(judged)) + b"\n")

        yield listen


@contextmanager
def _progress(text: str) -> Iterator[Callable[[int, int], None]]:
    """Progress and the time left, on standard error: a bar, or a line every few seconds."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    from services.shell.remaining import Remaining, in_words

    remaining = Remaining(time.monotonic)
    console = stderr()
    if console.is_terminal:
        columns = (
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
            TextColumn("{task.fields[left]}"),
        )  # fmt: skip
        with Progress(*columns, console=console, transient=True) as shown:
            task = shown.add_task(text, total=None, left="")

            def tell(done: int, total: int) -> None:
                left = in_words(remaining.after(done, total))
                shown.update(task, completed=done, total=max(done, total), left=left)

            yield tell
        return
    told = time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal told
        left = in_words(remaining.after(done, total))
        if time.monotonic() - told >= TELL_EVERY_S:
            told = time.monotonic()
            sys.stderr.write(f"{text}: {done} of {total} records, {left or 'no estimate yet'}\n")

    yield say


def _tell(found: dict[str, Any]) -> None:
    """The report as text."""
    kinds = ", ".join(f"{kind} {number}" for kind, number in found["events"].items())
    typer.echo(f"{found['decided']} decisions, {found['changed']} otherwise: {kinds}")
    for name in ("issuer", "recipient", "category", "purpose"):
        if found[name]:
            typer.echo("")
            columns = ("more", "less", "refused", "tried")
            print_table(
                (name, *columns),
                [[row["row"], *(str(row[c]) for c in columns)] for row in found[name]],
            )
    if found["duties"]:
        typer.echo("")
        heads = ("act", "debtor", "creditor", "added", "removed", "sooner", "later")
        print_table(heads, [[str(row[c]) for c in heads] for row in found["duties"]])
    if found["report"] == "shared":
        typer.echo("\nCounts below ten are hidden, the others rounded down to a multiple of ten.")
