"""`relais report --what-if NEW --recorded`: what NEW would have done to a log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer

from services.cli.committee.log_source import replayed
from services.cli.common.output import print_json, print_table
from services.texts import typeset

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from services.cli.common.asked import AtKafka


NOT_TOLD = "–"
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
    from services.audit.facts import SETTLED_S, end_of
    from services.cli.committee.recorded_log import Trial
    from services.operate.home.keys import ensure_secret
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock

    owners, trial = read_owners(asked.home), Trial(convention)
    until = replayed(asked, log, REALMS, owners, home_clock(asked.home).now(), trial.take)
    over = {each for each, _alike in trial.impact.events if end_of(each) + SETTLED_S <= until}
    impact = trial.impact.wire(ensure_secret(asked.home / "keys" / "report.key"), over)
    if asked.json:
        print_json(impact)
    else:
        _tell(impact, convention)


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
