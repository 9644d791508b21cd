"""All figures of a population, numbered; what is printed, what was, and what is small in itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from contracts.errors import SuppressionError
from services.suppression.asked import ALL, Population
from services.suppression.counts import Key, Parts, Spots
from services.suppression.given import ProtectedTable
from services.suppression.rule import is_small, is_zero_shown


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
        printed: figures that a table of this report prints.
        small: figures that are small in themselves, printed or not.
        given: what earlier reports showed (their count) or hid (None).
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
    given: dict[int, int | None] = field(default_factory=dict)
    knowing: dict[str, set[int]] = field(default_factory=dict)

    def shown_before(self) -> set[int]:
        """Figures that everyone has."""
        return {number for number, count in self.given.items() if count is not None}


def frame_of(population: Population, earlier: Sequence[ProtectedTable]) -> Frame:
    """The figures of a population.

    Args:
        earlier: what other reports gave of it.

    Raises:
        SuppressionError: `table_ring`; `earlier_unknown`; `published_differs`: an earlier report shows another count.
    """
    crossings = [*population.tables.values(), *(table.axes for table in earlier)]
    _check_ring(crossings, population.name)
    frame = Frame()
    _Filling(frame, Spots(population)).fill(earlier)
    return frame


class _Filling:
    def __init__(self, frame: Frame, counts: Spots) -> None:
        self.frame, self.counts = frame, counts
        self.population = counts.population

    def fill(self, old: Sequence[ProtectedTable]) -> None:
        cells = {name: self._cells(names) for name, names in self.population.tables.items()}
        given: dict[Key, int | None] = {}
        for table in old:
            for spot, count in self.counts.earlier_parts(table):
                self._give(given, self.counts.look(table.axes, spot), count, table.name)
        number = self._number()
        frame = self.frame
        frame.given.update((number[key], count) for key, count in given.items())
        for name, of in cells.items():
            at = {labels: number[key] for labels, key in of.items()}
            names = self.population.tables[name]
            printed = list(product(*(self.counts.axes[n].shown_labels() for n in names)))
            frame.cells[name] = {labels: at[labels] for labels in printed}
            for labels in printed:
                frame.printed.add(at[labels])
                if not self._shows_zero(of, names, labels):
                    frame.small.add(at[labels])

    def _give(self, given: dict[Key, int | None], key: Key, count: int | None, table: str) -> None:
        if count is not None and count != self.counts.tallies[key].value:
            raise SuppressionError(
                "published_differs", "another count", "what an earlier report shows", table
            )
        if given.get(key) is None:
            given[key] = count

    def _cells(self, names: Parts) -> dict[Parts, Key]:
        """Every cell of a table, printed or not."""
        axes = [self.counts.axes[name] for name in names]
        spots = product(*((*axis.labels, *axis.groups, ALL) for axis in axes))
        return {
            labels: self.counts.look(
                names,
                {
                    axis.name: None if label == ALL and axis.kind != "time" else axis.parts(label)
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
            if tally.value and is_small(
                cases=len(tally.cases), issuers=len(tally.issuers), by_issuer=counts.by_issuer(key)
            ):
                frame.small.add(n)
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

    def _shows_zero(self, cells: dict[Parts, Key], names: Parts, labels: Parts) -> bool:
        if self.counts.tallies[cells[labels]].value:
            return True
        row = self.counts.tallies[cells[labels[0], *(ALL for _ in labels[1:])]]
        agreed = all(
            axis.agreed is None or set(axis.parts(label)) <= axis.agreed
            for axis, label in zip((self.counts.axes[name] for name in names), labels, strict=True)
        )
        return is_zero_shown(agreed=agreed, row_cases=len(row.cases))


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
