"""Someone who has the files of all reports, what a desk knows of itself, and a linear solver (HiGHS).

Nothing of `services.suppression` is used: what is known of a cell is read from the published JSON alone. The
unknowns are the finest cells of each crossing of axes that a table has; two crossings of one population agree on
every sum that both have. Where crossings form no ring this is all that a table of all axes would say: the cases of
each shared sum can be paired in any way, so that whole counts which agree there are sums of one table. What the solver says is
believed as a bound only if it is whole; else it is asked again for whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import highspy
import numpy as np

MOST = 10_000
"""No count is looked for above it: what lies so far apart is wide enough."""

Published = list[dict[str, Any]]
Labels = tuple[str, ...]
Counts = Mapping[str, Mapping[Labels, int]]
"""By population and the finest labels of all its axes."""

Knowledge = tuple[Counts, frozenset[tuple[str, str]]]
"""How many of each place's cases a desk knows; and the axes and labels that are its own name."""

Hidden = tuple[dict[str, Any], list[str], list[int]]
"""A hidden cell: table, labels, unknowns that it sums."""

NOTHING: Knowledge = ({}, frozenset())


class Outsider:
    """What can be computed of some populations.

    Args:
        reports: all that was published of them, oldest first.
        axes: by population, the order of its axes in `Counts`; of no use where nothing else is known.
        knows: what else this reader knows.
    """

    def __init__(
        self,
        reports: Iterable[Published],
        axes: Mapping[str, Labels] | None = None,
        knows: Knowledge = NOTHING,
    ) -> None:
        self.axes = axes or {}
        self.tables = [table for report in reports for table in report]
        self._labels = {
            (of, axis): tuple(dict.fromkeys(self._finest(of, axis)))
            for of, names in map(_crossing, self.tables)
            for axis in names
        }
        self.cells: dict[tuple[str, Labels, Labels], int] = {}
        for of, crossing in dict.fromkeys(map(_crossing, self.tables)):
            for at in product(*(self._labels[of, axis] for axis in crossing)):
                self.cells[of, crossing, at] = len(self.cells)
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("presolve", "off")
        self._every: np.ndarray[Any, Any] = np.empty((0, len(self.cells)))
        self._seen = self._every
        self.mine: set[int] = set()
        for _cell in self.cells:
            self.solver.addVar(0, MOST)
        self._tell()
        self._link()
        self.become(knows)

    def become(self, knows: Knowledge) -> None:
        """Know this besides what everybody does; whole counts that others saw and that agree with it are seen."""
        own, names = knows
        least = np.array(self.spread(own), dtype=float)
        self.mine = {
            n
            for (_of, crossing, at), n in self.cells.items()
            if names & set(zip(crossing, at, strict=True))
        }
        mine = sorted(self.mine)
        most = np.full(len(self.cells), float(MOST))
        most[mine] = least[mine]
        every = np.arange(len(self.cells), dtype=np.int32)
        self.solver.changeColsBounds(len(every), every, least, most)
        self._seen = self._every[((least <= self._every) & (self._every <= most)).all(axis=1)]

    def _finest(self, population: str, axis: str) -> Iterable[str]:
        for table in self.tables:
            for part in table["axes"]:
                if (table["population"], part["name"]) == (population, axis):
                    yield from (label for _, of in part["labels"] for label in of)

    def _tell(self) -> None:
        for table in self.tables:
            for *at, count in table["cells"]:
                if count is not None:
                    self.add(self.inside(table, at), count, count)

    def _link(self) -> None:
        """What two crossings of a population sum alike is alike."""
        crossings = dict.fromkeys((of, crossing) for of, crossing, _at in self.cells)
        for (of, first), (other, second) in combinations(crossings, 2):
            shared = [axis for axis in first if axis in second] if of == other else None
            for labels in product(*(self._labels[of, axis] for axis in shared or ())):
                if shared is not None:
                    only = set(zip(shared, labels, strict=True))
                    self.add(self._under(of, first, only), 0, 0, self._under(of, second, only))

    def _under(self, of: str, crossing: Labels, only: set[tuple[str, str]]) -> list[int]:
        return [
            n
            for (population, axes, at), n in self.cells.items()
            if (population, axes) == (of, crossing) and only <= set(zip(axes, at, strict=True))
        ]

    def add(
        self, cells: Sequence[int], least: float, most: float, less: Sequence[int] = ()
    ) -> None:
        """Know that a sum of cells, less others, lies between two numbers."""
        at = np.array([*cells, *less], dtype=np.int32)
        factors = np.array([1.0] * len(cells) + [-1.0] * len(less))
        self.solver.addRow(least, most, len(at), at, factors)

    def spread(self, counts: Counts) -> list[int]:
        """Counts of places as counts of the unknowns."""
        sums = [0] * len(self.cells)
        crossings = list(dict.fromkeys((of, crossing) for of, crossing, _at in self.cells))
        for population, places in counts.items():
            for place, count in places.items():
                named = dict(zip(self.axes[population], place, strict=True))
                for of, crossing in crossings:
                    if of == population:
                        sums[self.cells[of, crossing, tuple(named[axis] for axis in crossing)]] += (
                            count
                        )
        return sums

    def inside(self, table: dict[str, Any], at: Sequence[str]) -> list[int]:
        """The unknowns that a printed cell sums."""
        parts = (dict(axis["labels"])[label] for axis, label in zip(table["axes"], at, strict=True))
        return [self.cells[(*_crossing(table), finest)] for finest in product(*parts)]

    def interval(self, cells: Sequence[int]) -> tuple[float, float]:
        """The least and the greatest whole sum of these cells that agrees with all that is known."""
        return self._end(cells, 1), self._end(cells, -1)

    def is_wide(self, cells: Sequence[int], owed: float) -> bool:
        """Whether whole counts were seen that agree with all that is known and lie so far apart."""
        sums = self._seen[:, list(cells)].sum(axis=1)
        return len(sums) > 0 and bool(sums.max() - sums.min() >= owed)

    def _end(self, cells: Sequence[int], sign: int) -> float:
        cost = np.zeros(len(self.cells))
        cost[list(cells)] = sign
        self.solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        at = self._run()
        if np.abs(at - at.round()).max() > 1e-6:
            at = self._whole()
        self._see(at.round())
        return float(at.round()[list(cells)].sum())

    def _see(self, at: Sequence[int] | np.ndarray[Any, Any]) -> None:
        self._seen, self._every = np.vstack([self._seen, at]), np.vstack([self._every, at])

    def _run(self) -> np.ndarray[Any, Any]:
        self.solver.run()
        assert self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return np.array(self.solver.getSolution().col_value)

    def _whole(self) -> np.ndarray[Any, Any]:
        """The same question, of whole numbers."""
        every = np.arange(len(self.cells), dtype=np.int32)
        whole, any_ = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        self.solver.changeColsIntegrality(len(every), every, np.array([whole] * len(every)))
        at = self._run()
        self.solver.changeColsIntegrality(len(every), every, np.array([any_] * len(every)))
        return at

    def hidden(self) -> Iterator[Hidden]:
        """Hidden cells that are not this reader's own."""
        for table in self.tables:
            for *at, count in table["cells"]:
                cells = self.inside(table, at) if count is None else []
                if cells and not self.mine.issuperset(cells):
                    yield table, at, cells

    def narrow(self, truth: Counts) -> list[tuple[str, list[str], int, float, float]]:
        """Hidden cells of which this reader learns too much: table, labels, count, least, greatest.

        Args:
            truth: the counts, to say how wide an interval has to be.
        """
        counts, learnt = self.spread(truth), []
        self._see(counts)  # the truth agrees with all that anyone knows
        for table, at, cells in self._doubtful(counts):
            value = sum(counts[n] for n in cells)
            owed = max(10, 0.3 * value)
            if self.is_wide(cells, owed):  # another cell's bounds showed it
                continue
            low, high = self.interval(cells)
            assert low <= value <= high
            if high - low < owed:  # ten apart: never both within 1 to 9
                learnt.append((table["name"], at, value, low, high))
        return learnt

    def _doubtful(self, counts: Sequence[int]) -> list[Hidden]:
        """Hidden cells that no whole counts show to be wide which make as many as possible as large as possible."""
        doubtful, more = list(self.hidden()), True
        while doubtful and more:
            self._end(sorted({n for _table, _at, cells in doubtful for n in cells}), -1)
            left = self._unproved(doubtful, counts)
            doubtful, more = left, len(left) < len(doubtful)
        return doubtful

    def _unproved(self, hidden: list[Hidden], counts: Sequence[int]) -> list[Hidden]:
        owed = [max(10, 0.3 * sum(counts[n] for n in cells)) for _table, _at, cells in hidden]
        asked = zip(hidden, owed, strict=True)
        return [each for each, width in asked if not self.is_wide(each[2], width)]


def _crossing(table: Mapping[str, Any]) -> tuple[str, Labels]:
    return table["population"], tuple(axis["name"] for axis in table["axes"])
