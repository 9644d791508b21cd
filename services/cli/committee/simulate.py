"""`relais report --what-if NEW --recorded`: what NEW would have done to a log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import typer

from services.cli.auditor.readings import SUPERVISION, note_reading
from services.cli.committee.log_source import LIVE, log_source
from services.cli.common.output import print_json, print_table, stderr
from services.platform.ports import monotonic
from services.texts import typeset

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from services.cli.common.asked import AtKafka


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
_HIDDEN: Final = (
    "Quarters count 14 days after their end. Events alike in every respect are rounded at random "
    "to a multiple of ten, once a quarter, as `relais report` does; –: none, or not told."
)


def simulate(asked: AtKafka, log: str, convention: Convention) -> None:
    """Count which decisions of a log a convention would change."""
    from contracts.vocabulary.scopes import REALMS
    from services.audit.bundle.source import BundleLog
    from services.audit.facts import SETTLED_S, end_of
    from services.cli.committee.recorded_log import Trial, try_on
    from services.operate.home.keys import ensure_secret
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock

    owners, trial = read_owners(asked.home), Trial(convention)
    until = home_clock(asked.home).now()
    if log == LIVE:
        note_reading(asked, "report", REALMS, SUPERVISION)
    with log_source(asked, log) as (source, realms), _progress() as progress:
        if isinstance(source, BundleLog):
            until = source.manifest.asked_at
        asyncio.run(try_on(trial, source, realms, owners, progress))
    over = {each for each, _alike in trial.impact.events if end_of(each) + SETTLED_S <= until}
    impact = trial.impact.wire(ensure_secret(asked.home / "keys" / "report.key"), over)
    if asked.json:
        print_json(impact)
    else:
        _tell(impact, convention)


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

    console, told = stderr(), monotonic()

    def say(done: int, total: int) -> None:
        nonlocal told
        if monotonic() - told >= TELL_EVERY_S:
            told = monotonic()
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
    facts = {"decided": _told(impact["decided"]), "changed": _told(impact["changed"])}
    said = _OF_KINDS if kinds else _CHANGED
    typer.echo(said.format(kinds=", ".join(kinds), **facts))
    columns = ("more", "less", "refused", "tried")
    for name in ("issuer", "recipient", "category", "purpose"):
        _table(convention, name, columns, impact[name])
    _table(convention, "duties", ("added", "removed", "sooner", "later"), impact["duties"])
    typer.echo(f"\n{_LEGEND}\n{_HIDDEN}")


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
