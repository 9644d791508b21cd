"""A month as its readers get it: every cell that the convention lets there be, told or suppressed.

Which cells there are follows from the convention alone, so that none says by being there that something
happened. No total is published: no cell is the sum of others, in a month or over months. All the same
a few hidden cases take the next cell of their row with them, for the committee's report may tell its
total, and counts are rounded, so that no difference of the two is a case. A zero is suppressed too: by the convention's own
promise a reader gets nothing but counts of at least ten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from contracts.convention.agreed import grants_of
from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.errors import SuppressionError
from contracts.keys.directory import Directory
from contracts.vocabulary.figures import CELL, Cell, Counts, LogHead, Table
from contracts.vocabulary.scopes import CIVIL
from services.committee.statistics.counted import (
    ACTS,
    COPY,
    EVERY,
    MEASURE,
    MEASURES,
    OVERDUE,
    REFUSED,
    Month,
    Row,
)
from services.committee.statistics.measures import carried_out
from services.suppression import Axis, Population, Unit, protect

OBSERVE: Final = "observe"
STEER: Final = "steer"
# Purpose of a publication -> its tables (R44: what is done for children; R45: how the convention works).
TABLES: Final[dict[str, tuple[Table, ...]]] = {
    OBSERVE: (ACTS, MEASURES),
    STEER: (ACTS, REFUSED, OVERDUE),
}
ROUNDED: Final = 5  # to the nearest multiple: the ONS's 10-5 rule
_ROW, _DESK = "row", "desk"

Place = tuple[Table, str, str]  # table, row, role


def places(convention: Convention, purpose: str) -> list[Place]:
    """Every cell that a publication of this purpose has, in its order."""
    every = {
        place: None for table in TABLES.get(purpose, ()) for place in _places(convention, table)
    }
    return list(every)


def _places(convention: Convention, table: Table) -> Iterator[Place]:
    if table in (REFUSED, OVERDUE):
        yield from ((table, EVERY, role) for role in convention.roles)
        return
    for grant in grants_of(convention, CIVIL):
        if table == MEASURES:
            yield from ((MEASURES, row, role) for row, role in carried_out(grant))
        elif grant.event != MEASURE and grant.purpose != COPY:
            yield from ((ACTS, _act(grant), role) for role in grant.issuers)


def _act(grant: Grant) -> str:
    return f"{grant.event}.{grant.purpose}"


def counts(
    name: str, month: Month, convention: Convention, directory: Directory, purpose: str
) -> Counts:
    """The body of one month's publication: of the same month of the log the same bytes.

    Args:
        name: YYYY-MM.
        convention, directory: the month's own.
    """
    heads = (
        LogHead(partition=number, index=index, leaf=leaf)
        for number, (index, leaf) in sorted(month.heads.items())
    )
    asked = places(convention, purpose)
    roles = {desk: row.role for desk, row in directory.desks.items()} | month.roles
    told = {
        row: _told(row, asked, month, roles) for row in dict.fromkeys(each[:2] for each in asked)
    }
    cells = (_cell(place, told[place[:2]].get(place[2])) for place in asked)
    return Counts(period=name, convd=month.convention, heads=tuple(heads), cells=tuple(cells))


def _told(row: Row, asked: list[Place], month: Month, roles: Mapping[str, str]) -> dict[str, int]:
    """One row's counts by role: counted by desk, so that each is among the readers.

    Rows share no total, so that each is protected by itself.
    """
    printed = tuple(dict.fromkeys(place[2] for place in asked if place[0] == row[0]))
    desks = tuple(sorted(desk for desk, role in roles.items() if role in printed))
    groups = {role: tuple(desk for desk in desks if roles[desk] == role) for role in printed}
    units = tuple(
        Unit(case, desk, {_ROW: row[1], _DESK: desk}, known_to)
        for (case, desk), known_to in sorted(month.rows[row].items())
        if roles.get(desk) in groups
    )
    if not units:
        return {}
    axes = (
        Axis(_ROW, (row[1],), printed=(row[1],)),
        Axis(_DESK, desks, groups, kind="issuer", printed=printed),
    )
    try:
        given = protect([Population(row[0], axes, units, {row[0]: (_ROW, _DESK)})])[row[0]]
    except SuppressionError:  # nothing of it may be told
        return {}
    told = {role: given.count(row[1], role) or 0 for role in printed}
    hidden = sum(not told[roles[unit.issuer]] for unit in units)
    return _without_the_next(told, hidden)


def _without_the_next(told: Mapping[str, int], hidden: int) -> dict[str, int]:
    """The counts that may stand beside so many hidden ones, if the total of all were known.

    Where these are a few, the smallest count that is told is hidden with them.
    """
    shown = {role: count for role, count in told.items() if count}
    if 0 < hidden < CELL and shown:
        del shown[min(shown, key=lambda role: (shown[role], role))]
    return shown


def _cell(place: Place, count: int | None) -> Cell:
    table, row, role = place
    if count is None or count < CELL:
        return Cell(table=table, row=row, column=role, suppressed=True)
    nearest = (count + ROUNDED // 2) // ROUNDED * ROUNDED
    return Cell(table=table, row=row, column=role, count=nearest)
