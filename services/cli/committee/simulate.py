"""`relais convention simulate NEW --log …`: what NEW would have done to a log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer

from services.cli.committee.log_source import LIVE, LogOption, log_source
from services.cli.committee.which_convention import convention_of
from services.cli.common.asked import AtKafka, command
from services.cli.common.output import print_json, print_table, stderr
from services.texts import typeset

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from services.committee.simulate.decide_again import JudgedAgain


NOT_TOLD = "–"
TELL_EVERY_S = 5.0  # where standard error is no terminal


_WORDS: Final = {
    "issuer": "issuer", "recipient": "recipient", "category": "data",
    "purpose": "purpose", "duties": "duty", "more": "more", "less": "less",
    "mixed": "more and less", "refused": "refused", "tried": "tried", "moot": "moot",
    "added": "added", "removed": "removed", "sooner": "sooner", "later": "later",
}  # fmt: skip
_LEGEND: Final = (
    "More, less: events of which more, or less, would have been delivered. Refused: of which "
    "nothing would. Tried: attempts for which there would be a clause. Moot: "
    "acknowledgements and withdrawals of what would not have been delivered."
)
_OF_KINDS: Final = (
    "Decisions replayed: {decided}. Decided otherwise: {changed} (in what is delivered, {kinds})."
)
_CHANGED: Final = "Decisions replayed: {decided}. Decided otherwise: {changed}."
_NONE: Final = "Decisions replayed: {decided}. None would be different."
_ALIKE: Final = "Decisions replayed: {decided}. No change is shared by at least ten events."
_HIDDEN: Final = (
    "Counts below ten are not told. Only changes of which at least ten are alike in every "
    "respect count, rounded down to a multiple of ten; –: none, or not told."
)


class Audience(StrEnum):
    """For whom: `shared` tells no small count, `operators` has every count."""

    SHARED = "shared"
    OPERATORS = "operators"


@command
def simulate(
    asked: AtKafka,
    new: Annotated[
        Path | None,
        typer.Argument(
            help="The convention file to try; else the one in force.", dir_okay=False, exists=True
        ),
    ] = None,
    log: LogOption = LIVE,
    report: Annotated[
        Audience, typer.Option(help="`shared` tells no count below ten; `operators` shows all.")
    ] = Audience.SHARED,
    events: Annotated[
        Path | None,
        typer.Option(help="Write event ids with old and new verdict here, JSON lines; operators."),
    ] = None,
) -> None:
    """Count which recorded decisions NEW would change.

    Example: relais convention simulate new.yaml
    """
    from contracts.errors import UsageError
    from services.cli.committee.recorded_log import Trial, try_on
    from services.platform.keys.owners import read_owners

    if events is not None and report is Audience.SHARED:
        got = "a shared report"
        raise UsageError("list_is_not_shared", got, "--report operators", "--events")
    convention, owners = convention_of(new, asked.home), read_owners(asked.home)
    with (
        log_source(asked, log) as (source, realms),
        _listing(events) as listen,
        _progress() as progress,
    ):
        trial = Trial(convention, listen=listen)
        asyncio.run(try_on(trial, source, realms, owners, progress))
    impact = trial.impact.wire(shared=report is Audience.SHARED)
    if asked.json:
        print_json(impact)
    else:
        _tell(impact, convention)


@contextmanager
def _listing(path: Path | None) -> Iterator[Callable[[JudgedAgain], None] | None]:
    """Writes the operators' list as it grows."""
    from services.committee.simulate.impact import line

    if path is None:
        yield None
        return
    path.touch(mode=0o600)  # every count is in it
    path.chmod(0o600)
    with path.open("wb") as file:

        def listen(judged: JudgedAgain) -> None:
            if judged.changed:
                file.write(orjson.dumps(line(judged)) + b"\n")

        yield listen


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Progress, on standard error: a bar, or a line every few seconds."""
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    console, told = stderr(), time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY_S:
            told = time.monotonic()
            typer.echo(f"simulating: {done} of {total} records", err=True)

    if not console.is_terminal:
        yield say
        return
    columns = TextColumn("simulating"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("", total=None)
        yield lambda done, total: shown.update(task, completed=done, total=max(done, total))


def _tell(impact: dict[str, Any], convention: Convention) -> None:
    """The report as text."""
    kinds = [f"{_WORDS[kind]}: {count}" for kind, count in impact["events"].items() if count]
    said = _OF_KINDS if kinds else _CHANGED
    if not kinds and not impact["changed"]:
        said = _ALIKE if impact["report"] == "shared" else _NONE
    facts = {"decided": _told(impact["decided"]), "changed": _told(impact["changed"])}
    typer.echo(said.format(kinds=", ".join(kinds), **facts))
    columns = ("more", "less", "refused", "tried")
    for name in ("issuer", "recipient", "category", "purpose"):
        _table(convention, name, columns, impact[name])
    _table(convention, "duties", ("added", "removed", "sooner", "later"), impact["duties"])
    typer.echo("\n" + _LEGEND)
    if impact["report"] == "shared":
        typer.echo(_HIDDEN)


def _what(convention: Convention, table: str, row: dict[str, Any]) -> str:
    """What a row counts, by its name; the JSON form has the codes."""
    from services.committee.texts.french import capital
    from services.committee.texts.labels import act_text, purpose_label, role_label, scope_label

    if table == "duties":
        sides = [role_label(row[side], "en", convention) for side in ("debtor", "creditor")]
        return typeset(
            f"{capital(act_text(row['act'], 'en', convention))}, {' → '.join(sides)}", "en"
        )
    if table == "purpose":
        return capital(purpose_label(row["row"], "en"))
    label = scope_label if table == "category" else role_label
    return typeset(capital(label(row["row"], "en", convention)), "en")


def _told(number: int | None) -> str:
    return NOT_TOLD if number is None else str(number)


def _table(
    convention: Convention,
    name: str,
    columns: tuple[str, ...],
    rows: list[dict[str, Any]],
) -> None:
    if not rows:
        return
    typer.echo("")
    cells = [
        [_what(convention, name, row), *(_told(row[column]) for column in columns)] for row in rows
    ]
    print_table([_WORDS[head] for head in (name, *columns)], cells)
