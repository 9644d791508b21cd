"""All figures of a population, numbered; what is printed, what was, and what is small in itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product

from contracts.errors import SuppressionError
from services.suppression.asked import ALL, Population
from services.suppression.counts import Key, Parts, Spots
from services.suppression.rule import LEAST_CASES, is_small


@dataclass
class Frame:
    """The question, as figures and sums.

    Attributes:
        keys: every figure, in the order of their numbers.
        values: by number.
        own: by number, how many of it each party knows.
        leaves: by number, the finest cells of a table whose sum it is (itself, if it is one).
        above: by finest cell, the figures that it is in, and how often.
        links: what two tables make of the same figure, as the factors of a sum that is zero.
        cells: by table, the figure of each printed cell.
        printed: figures that a table prints.
        small: figures that are small in themselves, printed or not.
        zeros: of each printed zero, the totals of its rows; without one where a table prints none.
        knowing: by party, the figures under its own name.
    """

    keys: list[Key] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    own: list[Mapping[str, int]] = field(default_factory=list)
    leaves: list[dict[int, int]] = field(default_factory=list)
    above: dict[int, dict[int, int]] = field(default_factory=dict)
    links: list[dict[int, int]] = field(default_factory=list)
    cells: dict[str, dict[Parts, int]] = field(default_factory=dict)
    printed: set[int] = field(default_factory=set)
    small: set[int] = field(default_factory=set)
    zeros: dict[int, set[int]] = field(default_factory=dict)
    knowing: dict[str, set[int]] = field(default_factory=dict)

    def untold(self, hidden: set[int]) -> set[int]:
        """The zeros that stand in a row whose total is not told: what is hidden there may be zero too."""
        return {zero for zero, totals in self.zeros.items() if not totals or totals & hidden}


def frame_of(population: Population) -> Frame:
    """The figures of a population.

    Raises:
        SuppressionError: `table_ring`.
    """
    _check_ring(population.tables.values(), population.name)
    frame = Frame()
    _Filling(frame, Spots(population)).fill()
    return frame


class _Filling:
    def __init__(self, frame: Frame, counts: Spots) -> None:
        self.frame, self.counts = frame, counts
        self.population = counts.population

    def fill(self) -> None:
        cells = {name: self._cells(names) for name, names in self.population.tables.items()}
        number = self._number()
        for name, of in cells.items():
            axes = [self.counts.axes[axis] for axis in self.population.tables[name]]
            printed = list(product(*(axis.shown_labels() for axis in axes)))
            at = self.frame.cells[name] = {labels: number[of[labels]] for labels in printed}
            self.frame.printed.update(at.values())
            self._note_zeros(at)
        for key, figure in number.items():
            if self._is_small(key, figure):
                self.frame.small.add(figure)

    def _note_zeros(self, at: Mapping[Parts, int]) -> None:
        """Whose totals say that a zero of a table may be told."""
        for labels, figure in at.items():
            if not self.frame.values[figure]:
                total = at.get((*labels[:-1], ALL)) if labels[-1] != ALL else None
                self.frame.zeros.setdefault(figure, set()).update(() if total is None else (total,))

    def _is_small(self, key: Key, figure: int) -> bool:
        """Who brought them is asked of what is printed alone: of other sums no more is known than of those."""
        tally = self.counts.tallies[key]
        if figure not in self.frame.printed:
            return 0 < len(tally.cases) < LEAST_CASES
        return tally.value > 0 and is_small(
            cases=len(tally.cases),
            issuers=len(tally.issuers),
            by_issuer=self.counts.by_issuer(key),
        )

    def _cells(self, names: Parts) -> dict[Parts, Key]:
        """Every cell of a table, printed or not."""
        axes = [self.counts.axes[name] for name in names]
        spots = product(*((*axis.labels, *axis.groups, ALL) for axis in axes))
        return {
            labels: self.counts.look(
                names,
                {
                    axis.name: None if label == ALL else axis.parts(label)
                    for axis, label in zip(axes, labels, strict=True)
                },
            )
            for labels in spots
        }

    def _number(self) -> dict[Key, int]:
        frame, counts = self.frame, self.counts
        number = {key: n for n, key in enumerate(sorted(counts.tallies, key=str))}
        parties = self._parties()
        for key, n in number.items():
            tally = counts.tallies[key]
            frame.keys.append(key)
            frame.values.append(tally.value)
            frame.own.append(tally.own)
            for party in parties:
                if counts.knows(party, key):
                    frame.knowing.setdefault(party, set()).add(n)
        self._spread(number)
        return number

    def _spread(self, number: dict[Key, int]) -> None:
        tables: dict[Key, list[Parts]] = {}
        for key, table in self.counts.sums:
            tables.setdefault(key, []).append(table)
        for key, figure in number.items():
            spreads = [
                {number[leaf]: times for leaf, times in self.counts.leaves(key, table).items()}
                for table in sorted(tables[key])
            ]
            self.frame.leaves.append(spreads[0])
            for leaf, times in spreads[0].items():
                self.frame.above.setdefault(leaf, {})[figure] = times
            for other in spreads[1:]:
                link = Counter(spreads[0])
                link.subtract(other)
                self.frame.links.append({n: factor for n, factor in link.items() if factor})
                for leaf in other:
                    self.frame.above.setdefault(leaf, {})

    def _parties(self) -> Iterable[str]:
        named = [axis for axis in self.population.axes if axis.kind in ("issuer", "party")]
        parties = {label for axis in named for label in (*axis.labels, *axis.groups)}
        for unit in self.population.units:
            parties |= {unit.issuer, *unit.known_to}
        for party in sorted(parties):
            self.frame.knowing.setdefault(party, set())
        return sorted(parties)


def _check_ring(crossings: Iterable[Parts], population: str) -> None:
    """Graham's reduction: what is left of tables whose crossings form a ring.

    Raises:
        SuppressionError: `table_ring`.
    """
    edges = {frozenset(crossing) for crossing in crossings}
    while len(edges) > 1:
        once = [a for a in frozenset().union(*edges) if sum(a in edge for edge in edges) == 1]
        less = {edge - set(once) for edge in edges}
        less = {edge for edge in less if not any(edge < other for other in less)}
        if less == edges:
            raise SuppressionError(
                "table_ring", "crossings a×b, b×c, a×c", "one table a×b×c", population
            )
        edges = less
