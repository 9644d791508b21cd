"""Figures as they are published: each cell of a quarter rounded once, by a keyed hash, to tens.

Random rounding alone (Fellegi 1975) bounds a count from above: a desk that knows eight of a cell
that shows 0 knows that all others together have at most one. So the rounded figure is moved by a
two-sided geometric step (Ghosh, Roughgarden and Sundararajan 2009) and no figure bounds any count
from above, whatever its reader knows. Zero stays zero, figures stay unbiased, and every total and
every year is a sum of published cells: nothing is rounded twice.
"""

from __future__ import annotations

import csv
import hmac
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Final

from contracts.encoding import canonical
from contracts.errors import UsageError

METHOD: Final = "1"  # of rounding: another one is another number
COLUMNS: Final = ("quarter", "table", "from", "to", "act", "outcome", "situations")
_ABOUT: Final = "edition"  # the table of what a reader needs to know of the others
_MOVED: Final = 0.4  # how often a figure moves by a ten or more
_AGAIN: Final = 0.25  # and then by one more

Cell = tuple[str, str, str, str, str]  # table, from, to, act, outcome


def rounded(count: int, key: bytes, quarter: str, cell: tuple[str, ...]) -> int:
    """A count as it is published: 0 or a multiple of ten.

    Args:
        key: secret; the same count of the same cell is the same figure again.
    """
    draw = hmac.digest(key, canonical([quarter, *cell]), "sha256")
    tens = (count + int.from_bytes(draw[:8]) % 10) // 10
    step = _step(int.from_bytes(draw[8:16]) / 2**64)
    moved = tens + (step if draw[16] % 2 else -step)
    return 10 * (moved if step <= tens else tens)  # as often up as down, and never below zero


def _step(chance: float) -> int:
    step, least = 0, _MOVED
    while chance < least:
        step, least = step + 1, least * _AGAIN
    return step


@dataclass(frozen=True, slots=True)
class Edition:
    """One quarter's figures; a cell that shows 0 is not there.

    Attributes:
        convention: digest of the one in force when it was counted.
    """

    quarter: str
    convention: str
    figures: Mapping[Cell, int] = field(repr=False)

    def csv(self) -> str:
        """The edition as observatories read it, signed beside."""
        out, about = StringIO(), {"method": METHOD, "convention": self.convention}
        rows = [*((_ABOUT, "", "", *fact, "") for fact in about.items()), *self.rows()]
        lines = csv.writer(out, lineterminator="\n")
        lines.writerows([COLUMNS, *((self.quarter, *row) for row in rows)])
        return out.getvalue()

    def rows(self) -> list[tuple[str | int, ...]]:
        """Each cell with its figure, sorted."""
        return [(*cell, n) for cell, n in sorted(self.figures.items())]


def publish(quarter: str, convention: str, counts: Mapping[Cell, int], key: bytes) -> Edition:
    """Round what was counted, each cell by itself."""
    figures = {cell: rounded(count, key, quarter, cell) for cell, count in counts.items()}
    return Edition(quarter, convention, {cell: n for cell, n in figures.items() if n})


def read(text: str, name: str) -> Edition:
    """Read an edition that was written.

    Raises:
        UsageError: `edition_malformed`.
    """
    rows = [(*row,) for row in csv.reader(StringIO(text))]
    if rows[:1] != [COLUMNS] or {len(row) for row in rows} != {len(COLUMNS)} or len(rows) < 3:
        raise UsageError("edition_malformed", "another form", ",".join(COLUMNS), name)
    method, convention, *cells = rows[1:]
    if method[5] != METHOD:
        raise UsageError("edition_malformed", "another method", METHOD, name)
    figures = {(row[1], row[2], row[3], row[4], row[5]): int(row[6]) for row in cells}
    return Edition(method[0], convention[5], figures)


def year_of(editions: Iterable[Edition]) -> dict[Cell, int]:
    """The sums of published cells over some quarters."""
    total: Counter[Cell] = Counter()
    for edition in editions:
        total.update(edition.figures)
    return total
