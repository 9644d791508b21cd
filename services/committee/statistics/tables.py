"""A month's figures for their readers: what the friction report tells of the month, in fives.

Nothing is counted here, and nothing protected: a figure is made of the told month alone, so that whoever has
the report learns nothing from it. Which cells there are follows from the conventions, as it does there. A zero
is suppressed: by the convention's own promise (I09) a reader gets nothing but counts of at least ten.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.vocabulary.figures import CELL, Cell, Counts, LogHead, Table
from contracts.vocabulary.scopes import CIVIL
from services.committee.friction.told import ToldMonth

OBSERVE: Final = "observe"
STEER: Final = "steer"
# Purpose of a publication -> tables of the report (R44: what is done for children; R45: "délais et refus compris").
TABLES: Final[dict[str, tuple[Table, ...]]] = {
    OBSERVE: ("acts", "measures"),
    STEER: ("acts", "law", "receipts", "overdue", "refused_reason"),
}
ROUNDED: Final = 5  # to the nearest multiple: the ONS's 10-5 rule


def counts(told: ToldMonth, convd: str, heads: Iterable[LogHead], purpose: str) -> Counts:
    """The body of one month's publication.

    Args:
        convd: digest of the convention under which the last record that counts was decided.
        heads: the last record that counts of each partition.
    """
    tables = [(name, told.table(CIVIL, name)) for name in TABLES.get(purpose, ())]
    cells = (
        _cell(name, at, count)
        for name, table in tables
        if table is not None
        for at, count in table.cells.items()
    )
    return Counts(period=told.month, convd=convd, heads=tuple(heads), cells=tuple(cells))


def _cell(table: Table, at: tuple[str, ...], count: int | None) -> Cell:
    row, column = at
    if count is None or count < CELL:
        return Cell(table=table, row=row, column=column, suppressed=True)
    nearest = (count + ROUNDED // 2) // ROUNDED * ROUNDED
    return Cell(table=table, row=row, column=column, count=nearest)
