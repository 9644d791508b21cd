"""A month as its readers get it: every cell that the convention lets there be, told or suppressed.

Which cells there are follows from the convention alone, so that none says by being there that something
happened. No total is published: no cell is the sum of others, in a month or over months. A zero is
suppressed too: by the convention's own promise a reader gets nothing but counts of at least ten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.convention.agreed import grants_of
from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
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
)
from services.committee.statistics.measures import carried_out
from services.suppression import Axis, Population, ProtectedTable, Unit, protect

OBSERVE: Final = "observe"
STEER: Final = "steer"
# Purpose of a publication -> its tables (R44: what is done for children; R45: how the convention works).
TABLES: Final[dict[str, tuple[Table, ...]]] = {
    OBSERVE: (ACTS, MEASURES),
    STEER: (ACTS, REFUSED, OVERDUE),
}
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
    given = protect([_population(table, asked, month, roles) for table in TABLES[purpose]])
    cells = (_cell(place, given[place[0]]) for place in asked)
    return Counts(period=name, convd=month.convention, heads=tuple(heads), cells=tuple(cells))


def _population(
    table: Table, asked: list[Place], month: Month, roles: dict[str, str]
) -> Population:
    """What a table counts: by desk, so that each is an attacker, and printed by role."""
    rows = tuple(dict.fromkeys(row for of, row, _role in asked if of == table))
    printed = tuple(dict.fromkeys(role for of, _row, role in asked if of == table))
    desks = tuple(sorted(desk for desk, role in roles.items() if role in printed))
    groups = {role: tuple(desk for desk in desks if roles[desk] == role) for role in printed}
    units = tuple(
        Unit(case, desk, {_ROW: row, _DESK: desk}, known_to)
        for row in rows
        for (case, desk), known_to in sorted(month.rows[table, row].items(), key=_by_name)
        if desk in desks
    )
    axes = (
        Axis(_ROW, rows, printed=rows),
        Axis(_DESK, desks, groups, kind="issuer", printed=printed),
    )
    return Population(table, axes, units, {table: (_ROW, _DESK)})


def _by_name(item: tuple[tuple[str, str], frozenset[str]]) -> tuple[str, str]:
    return item[0]


def _cell(place: Place, given: ProtectedTable) -> Cell:
    table, row, role = place
    count = given.count(row, role)
    if count is None or count < CELL:
        return Cell(table=table, row=row, column=role, suppressed=True)
    return Cell(table=table, row=row, column=role, count=count)
