"""Someone who has the files of all reports, what a desk knows of itself, and a linear solver (HiGHS).

Nothing of `services.suppression` is used: what is known of a cell is read from the published JSON alone. The
unknowns are the finest cells of each crossing of axes that a table has; two crossings of one population agree on
every sum that both have. Where crossings form no ring this is all that a table of all axes would say: the cases of
each shared sum can be paired in any way, so that whole counts which agree there are sums of one table. What the solver says is
believed as a bound only if it is whole; else it is asked again for whole numbers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import highspy
import numpy as np

Published = list[dict[str, Any]]
Labels = tuple[str, ...]
Knowledge = tuple[Mapping[Labels, int], frozenset[tuple[str, str]]]
"""By finest labels, how many of a place's cases a desk knows; and the axes and labels that are its own name."""

NOTHING: Knowledge = ({}, frozenset())


class Outsider:
    """What can be computed of one population.

    Args:
        reports: all that was published of it, oldest first.
        axes: the order of the population's axes in `Knowledge`.
        knows: what else this reader knows.
    """

    def __init__(
        self, reports: Iterable[Published], axes: Labels, knows: Knowledge = NOTHING
    ) -> None:
        self.axes = axes
        self.tables = [table for report in reports for table in report]
        self._labels = {axis: tuple(dict.fromkeys(self._finest(axis))) for axis in axes}
        self.cells: dict[tuple[Labels, Labels], int] = {}
        for crossing in dict.fromkeys(map(_crossing, self.tables)):
            for at in product(*(self._labels[axis] for axis in crossing)):
                self.cells[crossing, at] = len(self.cells)
        own, names = knows
        self.mine = {
            n
            for (crossing, at), n in self.cells.items()
            if names & set(zip(crossing, at, strict=True))
        }
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("presolve", "off")
        self._seen: list[np.ndarray[Any, Any]] = []
        for n, least in enumerate(self.spread(own)):
            self.solver.addVar(least, least if n in self.mine else highspy.kHighsInf)
        self._tell()
        self._link()

    def _finest(self, axis: str) -> Iterable[str]:
        for table in self.tables:
            for part in table["axes"]:
                if part["name"] == axis:
                    yield from (label for _, of in part["labels"] for label in of)

    def _tell(self) -> None:
        for table in self.tables:
            for *at, count in table["cells"]:
                if count is not None:
                    self.add(self.inside(table, at), count, count)

    def _link(self) -> None:
        """What two crossings sum alike is alike."""
        crossings = dict.fromkeys(crossing for crossing, _at in self.cells)
        for first, second in combinations(crossings, 2):
            shared = [axis for axis in first if axis in second]
            for labels in product(*(self._labels[axis] for axis in shared)):
                only = set(zip(shared, labels, strict=True))
                one, other = (self._under(crossing, only) for crossing in (first, second))
                self.add(one, 0, 0, less=other)

    def _under(self, crossing: Labels, only: set[tuple[str, str]]) -> list[int]:
        return [
            n
            for (of, at), n in self.cells.items()
            if of == crossing and only <= set(zip(of, at, strict=True))
        ]

    def add(
        self, cells: Sequence[int], least: float, most: float, less: Sequence[int] = ()
    ) -> None:
        """Know that a sum of cells, less others, lies between two numbers."""
        at = np.array([*cells, *less], dtype=np.int32)
        factors = np.array([1.0] * len(cells) + [-1.0] * len(less))
        self.solver.addRow(least, most, len(at), at, factors)

    def spread(self, counts: Mapping[Labels, int]) -> list[int]:
        """Counts by the finest labels of all axes as counts of the unknowns."""
        sums = [0] * len(self.cells)
        crossings = list(dict.fromkeys(crossing for crossing, _at in self.cells))
        for place, count in counts.items():
            named = dict(zip(self.axes, place, strict=True))
            for crossing in crossings:
                n = self.cells.get((crossing, tuple(named[axis] for axis in crossing)))
                if n is not None:
                    sums[n] += count
        return sums

    def inside(self, table: dict[str, Any], at: Sequence[str]) -> list[int]:
        """The unknowns that a printed cell sums."""
        parts = (dict(axis["labels"])[label] for axis, label in zip(table["axes"], at, strict=True))
        return [self.cells[_crossing(table), finest] for finest in product(*parts)]

    def interval(self, cells: Sequence[int]) -> tuple[float, float]:
        """The least and the greatest whole sum of these cells that agrees with all that is known."""
        return self._end(cells, 1), self._end(cells, -1)

    def is_wide(self, cells: Sequence[int], owed: float) -> bool:
        """Whether whole counts were seen that agree with all that is known and lie so far apart."""
        sums = [at[list(cells)].sum() for at in self._seen]
        return bool(sums) and max(sums) - min(sums) >= owed

    def _end(self, cells: Sequence[int], sign: int) -> float:
        cost = np.zeros(len(self.cells))
        cost[list(cells)] = sign
        self.solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        if self._run() is None:
            return -sign * math.inf
        at = np.array(self.solver.getSolution().col_value)
        if np.abs(at - at.round()).max() > 1e-6:
            at = self._whole()
        self._seen.append(at.round())
        return float(at.round()[list(cells)].sum())

    def _run(self) -> float | None:
        self.solver.run()
        status = self.solver.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            return float(self.solver.getInfo().objective_function_value)
        ends = (
            highspy.HighsModelStatus.kUnbounded,
            highspy.HighsModelStatus.kUnboundedOrInfeasible,
        )
        assert status in ends, status
        return None

    def _whole(self) -> np.ndarray[Any, Any]:
        """The same question, of whole numbers."""
        every = np.arange(len(self.cells), dtype=np.int32)
        whole, any_ = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        self.solver.changeColsIntegrality(len(every), every, np.array([whole] * len(every)))
        assert self._run() is not None
        at = np.array(self.solver.getSolution().col_value)
        self.solver.changeColsIntegrality(len(every), every, np.array([any_] * len(every)))
        return at

    def hidden(self) -> Iterator[tuple[dict[str, Any], list[str], list[int]]]:
        """Hidden cells that are not this reader's own: table, labels, unknowns."""
        for table in self.tables:
            for *at, count in table["cells"]:
                cells = self.inside(table, at) if count is None else []
                if cells and not self.mine.issuperset(cells):
                    yield table, at, cells

    def narrow(self, truth: Counter[Labels]) -> list[tuple[str, list[str], int, float, float]]:
        """Hidden cells of which this reader learns too much: table, labels, count, least, greatest.

        Args:
            truth: the counts by finest labels, to say how wide an interval has to be.
        """
        counts, learnt = self.spread(truth), []
        for table, at, cells in self.hidden():
            value = sum(counts[n] for n in cells)
            owed = max(10, 0.3 * value)
            if self.is_wide(cells, owed):
                continue
            low, high = self.interval(cells)
            assert low <= value <= high
            if high - low < owed:  # ten apart: never both within 1 to 9
                learnt.append((table["name"], at, value, low, high))
        return learnt


def _crossing(table: Mapping[str, Any]) -> Labels:
    return tuple(axis["name"] for axis in table["axes"])
