"""What lint finds in words and dates: what was not translated, legal texts that end, the calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from contracts.convention.calendar import clock_changes, holidays
from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from services.committee.lint.finding import PROBLEM, Finding, at

Texts = Mapping[str, str]


def translated(convention: Convention) -> Iterator[Finding]:
    """Every text that is the same in both languages."""
    for place, name, texts in (*_of_clauses(convention), *_of_tables(convention)):
        if texts and texts["fr"] == texts["en"]:
            yield at(convention, place, "not_translated", name, texts["fr"], level=PROBLEM)


def _of_clauses(convention: Convention) -> Iterator[tuple[Grant | str, str, Texts]]:
    for grant in convention.grants:
        named = {"label": grant.label, "note": grant.note, "sentence": grant.sentence}
        yield from ((grant, name, texts) for name, texts in named.items())


def _of_tables(convention: Convention) -> Iterator[tuple[Grant | str, str, Texts]]:
    yield "title", "title", convention.title
    for role, spec in convention.roles.items():
        yield f"roles.{role}", role, spec.label
        yield f"roles.{role}", f"{role}.named", spec.named
    tables = {
        "parties": convention.party_labels, "readers": convention.readers,
        "scopes": convention.scope_labels, "texts": convention.texts,
    }  # fmt: skip
    for table, rows in tables.items():
        yield from ((f"{table}.{code}", code, texts) for code, texts in rows.items())
    for promise in convention.invariants:
        yield f"invariants.{promise.id}", promise.id, promise.sentence
    for event, clause in convention.system.items():
        yield f"system.{event}", f"{event}.label", clause.label
        yield f"system.{event}", f"{event}.sentence", clause.sentence


def bases(convention: Convention) -> Iterator[Finding]:
    """Legal bases that end within the calendar, and those of which nothing that follows lasts it out."""
    last = convention.calendar.last.isoformat()
    for grant in convention.grants:
        for code in grant.basis:
            ends = _ends(convention, code, last)
            if ends and (successor := convention.texts[code]["successor"]):
                until = convention.texts[code]["in_force_until"]
                yield at(convention, grant, "basis_ends", code, until, successor)
            if ends and not convention.texts[ends[-1]]["successor"]:
                until = convention.texts[ends[-1]]["in_force_until"]
                yield at(convention, grant, "basis_lost", ends[-1], until, level=PROBLEM)
    for code in convention.texts:
        if by := _circle(convention, code):
            yield at(convention, f"texts.{code}", "successor_circle", code, by, level=PROBLEM)


def _ends(convention: Convention, code: str, last: str) -> list[str]:
    """The text and those that follow it, as far as they end within the calendar."""
    ending: list[str] = []
    while code and code not in ending and "" < convention.texts[code]["in_force_until"] < last:
        ending.append(code)
        code = convention.texts[code]["successor"]
    return ending


def _circle(convention: Convention, code: str) -> str:
    """The text that names this one as its successor, if this one leads to it; else empty."""
    seen, here = {code}, code
    while following := convention.texts[here]["successor"]:
        if following == code:
            return here
        if following in seen:
            return ""
        seen.add(following)
        here = following
    return ""


def calendar(convention: Convention) -> Iterator[Finding]:
    """The end of the tables, and where they differ from the law: deadlines follow them."""
    table = convention.calendar
    yield at(convention, "calendar", "calendar_ends", table.last.isoformat())
    years = range(table.first.year, table.last.year + 1)
    due = {day for year in years for day in holidays(year) if table.first <= day <= table.last}
    for day in sorted(due - table.holidays):
        yield at(convention, "calendar", "holiday_missing", day.isoformat(), level=PROBLEM)
    for day in sorted(table.holidays - due):
        yield at(
            convention, "calendar", "holiday_unknown", day.isoformat()
        )  # L. 3134-13: some have
    lawful = {change for year in years for change in clock_changes(year)}
    for start, _ in sorted(set(table.offsets[1:]) - lawful):
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=start)).date()
        yield at(convention, "calendar", "clock_differs", day.isoformat(), level=PROBLEM)
