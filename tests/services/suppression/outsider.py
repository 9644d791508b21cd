"""Someone who has the files of all reports, what a desk knows of itself, and a linear solver (HiGHS).

Nothing of `services.suppression` is used: what is known of a cell is read from the published JSON alone. The
unknowns are the counts of every combination of the finest labels of all axes; a printed figure is a sum of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import highspy
import numpy as np

Published = list[dict[str, Any]]
Knowledge = tuple[Mapping[tuple[str, ...], int], frozenset[tuple[str, str]]]
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
        self, reports: Iterable[Published], axes: tuple[str, ...], knows: Knowledge = NOTHING
    ) -> None:
        self.axes = axes
        self.tables = [table for report in reports for table in report]
        own, names = knows
        labels = [list(dict.fromkeys(self._labels(axis))) for axis in axes]
        self.places = {at: n for n, at in enumerate(product(*labels))}
        self.mine = {
            n for at, n in self.places.items() if names.intersection(zip(axes, at, strict=True))
        }
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("presolve", "off")
        for at, n in self.places.items():
            least = own.get(at, 0)
            self.solver.addVar(least, least if n in self.mine else highspy.kHighsInf)
        rows = {
            tuple(self.inside(table, at)): count
            for table in self.tables
            for *at, count in table["cells"]
            if count is not None
        }
        for places, count in rows.items():
            self.solver.addRow(count, count, len(places), np.array(places), np.ones(len(places)))

    def _labels(self, axis: str) -> Iterable[str]:
        for table in self.tables:
            for part in table["axes"]:
                if part["name"] == axis:
                    yield from (label for _, of in part["labels"] for label in of)

    def inside(self, table: dict[str, Any], at: list[str]) -> list[int]:
        """The places that a printed cell sums."""
        parts = {
            axis["name"]: set(dict(axis["labels"])[label])
            for axis, label in zip(table["axes"], at, strict=True)
        }
        return [
            n
            for place, n in self.places.items()
            if all(
                name not in parts or label in parts[name]
                for name, label in zip(self.axes, place, strict=True)
            )
        ]

    def interval(self, places: list[int]) -> tuple[float, float]:
        """The least and the greatest whole sum of these places that agrees with all that is known."""
        low, high = self._end(places, 1), self._end(places, -1)
        return math.ceil(low - 1e-6), high if math.isinf(high) else math.floor(high + 1e-6)

    def _end(self, places: list[int], sign: int) -> float:
        cost = np.zeros(len(self.places))
        cost[places] = sign
        self.solver.changeColsCost(len(cost), np.arange(len(cost)), cost)
        self.solver.run()
        status = self.solver.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            return float(sign * self.solver.getInfo().objective_function_value)
        assert status == highspy.HighsModelStatus.kUnbounded, status
        return -sign * math.inf

    def narrow(
        self, truth: Counter[tuple[str, ...]]
    ) -> list[tuple[str, list[str], int, float, float]]:
        """Hidden cells of which this reader learns too much: table, labels, count, least, greatest.

        Args:
            truth: the counts by finest labels, to say how wide an interval has to be.
        """
        learnt = []
        names = list(self.places)
        for table in self.tables:
            for *at, count in table["cells"]:
                places = self.inside(table, at) if count is None else []
                if count is not None or self.mine.issuperset(places):
                    continue
                value = sum(truth[names[n]] for n in places)
                low, high = self.interval(places)
                assert low <= value <= high
                if high - low < max(10, 0.3 * value) or (low >= 1 and high <= 9):
                    learnt.append((table["name"], at, value, low, high))
        return learnt
