"""Every figure that readers see or can compute from what they see, and the sums that tie them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.suppression.asked import Axis, Population, Unit

Parts = tuple[str, ...]
Spot = tuple[Parts | None, ...]
"""Of each axis of a population, the finest labels; None: whatever they are."""

Key = tuple[str, Spot]
"""A figure is the same figure in whatever table it stands: its population and its spot."""


@dataclass
class SpotCount:
    """What is counted at one spot.

    Attributes:
        value: the figure.
        cases, issuers: distinct, for the rule.
        own: of each party, how many it knows.
    """

    value: int = 0
    cases: set[str] = field(default_factory=set)
    issuers: set[str] = field(default_factory=set)
    own: Counter[str] = field(default_factory=Counter)

    def add(self, other: SpotCount) -> None:
        """Take in what is counted elsewhere: places are never shared."""
        self.value += other.value
        self.cases |= other.cases
        self.issuers |= other.issuers
        self.own.update(other.own)


class Spots:
    """The figures of one population.

    Attributes:
        tallies: by key.
        sums: of each key and table, the keys whose sum it is.
    """

    def __init__(self, population: Population) -> None:
        self.population = population
        self.axes = {axis.name: axis for axis in population.axes}
        self.tallies: dict[Key, SpotCount] = {}
        self.sums: dict[tuple[Key, Parts], tuple[Key, ...]] = {}
        self._places = list(_places(population))
        self._leaves: dict[Parts, dict[Parts, SpotCount]] = {}
        self._spread: dict[tuple[Key, Parts], Counter[Key]] = {}

    def key(self, parts: Mapping[str, Parts | None]) -> Key:
        """The key of a spot: of an axis that is not named, everything."""
        spot = tuple(self._whole(axis, parts.get(axis.name)) for axis in self.population.axes)
        return self.population.name, spot

    @staticmethod
    def _whole(axis: Axis, parts: Parts | None) -> Parts | None:
        return None if parts is not None and len(parts) == len(axis.labels) > 1 else parts

    def look(self, table: Parts, parts: Mapping[str, Parts | None]) -> Key:
        """The figure of one cell of a table, and with it all that it sums there."""
        key = self.key(parts)
        if (key, table) in self.sums:
            return key
        wide = next((name for name in table if len(parts[name] or ()) != 1), None)
        if wide is None:
            leaf = self._leaf(table).get(
                tuple((parts[name] or ("",))[0] for name in table), SpotCount()
            )
            self.tallies.setdefault(key, leaf)
            self.sums[key, table] = ()
            return key
        pieces = self.axes[wide].labels if parts[wide] is None else parts[wide]
        below = tuple(self.look(table, {**parts, wide: (piece,)}) for piece in pieces or ())
        self.sums[key, table] = below if below != (key,) else ()
        if key not in self.tallies:
            tally = self.tallies[key] = SpotCount()
            for piece_key in below:
                tally.add(self.tallies[piece_key])
        return key

    def leaves(self, key: Key, table: Parts) -> Counter[Key]:
        """The finest cells of a table whose sum a figure is."""
        if (key, table) not in self._spread:
            below = self.sums[key, table]
            spread = Counter() if below else Counter([key])
            for piece in below:
                spread.update(self.leaves(piece, table))
            self._spread[key, table] = spread
        return self._spread[key, table]

    def _leaf(self, table: Parts) -> dict[Parts, SpotCount]:
        if table not in self._leaves:
            leaves = self._leaves[table] = {}
            for at, tally in self._places:
                leaves.setdefault(tuple(at[name] for name in table), SpotCount()).add(tally)
        return self._leaves[table]

    def by_issuer(self, key: Key) -> bool:
        """Whether a figure names its issuer."""
        return any(
            axis.kind == "issuer" and parts is not None
            for axis, parts in zip(self.population.axes, key[1], strict=True)
        )

    def knows(self, reader: str, key: Key) -> bool:
        """Whether a figure lies under a party's own name: it knows it as a whole."""
        return any(
            axis.kind in ("issuer", "party")
            and parts is not None
            and set(parts) <= set(axis.groups.get(reader, (reader,)))
            for axis, parts in zip(self.population.axes, key[1], strict=True)
        )


def _places(population: Population) -> Iterable[tuple[Mapping[str, str], SpotCount]]:
    """Each case at each of its places, counted once whoever wrote of it."""
    places: dict[tuple[str, Parts], SpotCount] = {}
    spots: dict[tuple[str, Parts], Mapping[str, str]] = {}
    for unit in population.units:
        place = unit.case, tuple(unit.at[axis.name] for axis in population.axes)
        spots[place] = unit.at
        tally = places.setdefault(place, SpotCount(1, {unit.case}))
        tally.issuers.add(unit.issuer)
        tally.own |= Counter({unit.issuer, *unit.known_to, *_named(population, unit)})
    return ((spots[place], tally) for place, tally in places.items())


def _named(population: Population, unit: Unit) -> Iterable[str]:
    """The parties under whose names a unit lies: they know it whoever told us of it."""
    for axis in population.axes:
        if axis.kind in ("issuer", "party"):
            label = unit.at[axis.name]
            yield label
            yield from (group for group, parts in axis.groups.items() if label in parts)
