"""Which further figures to hide: the cheapest other world, and all that differs in it (Kelly, Golden and Assad 1992)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isqrt

from services.suppression.attackers import Attacker, Attackers, targets
from services.suppression.frame import Frame
from services.suppression.moves import NOTHING, Moves
from services.suppression.rule import width_owed

STEEP_STEPS = 200
"""So many steps of a search go the steepest way, which is fast; then Bland's, which ends."""


@dataclass
class Complement:
    """What is hidden, and hiding more until nothing can be computed.

    Attributes:
        hidden: numbers of printed figures.
        first: those that are hidden whatever stands beside them.
    """

    frame: Frame
    readers: Attackers
    hidden: set[int] = field(init=False)
    first: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self.hidden = self.frame.small & self.frame.printed
        self.first = frozenset(self.hidden)

    def shown(self) -> set[int]:
        """Figures that everyone has once this is given out."""
        return self.frame.printed - self.hidden

    def close(self) -> None:
        """Hide until every hidden figure is wide for every reader. Hiding more never narrows another."""
        before = None
        while before != self.hidden:
            self.hidden |= self.frame.untold(self.hidden)
            before = set(self.hidden)
            for reader in self.readers.all:
                self._close_for(reader)

    def _close_for(self, reader: Attacker) -> None:
        work = targets(self.frame, self.hidden)
        system = self.readers.system(self.shown(), reader)
        for target in work:
            while not self.readers.is_safe(target, reader, system):
                more = self._more(target, reader)
                self.hidden |= more
                work.extend(sorted(more - set(work)))
                system = self.readers.system(self.shown(), reader)

    def open(self) -> None:
        """Show again what need not be hidden, largest first."""
        extra = self.hidden - self.first
        for number in sorted(extra, key=lambda n: (-self.frame.values[n], n)):
            self.hidden.discard(number)
            if number in self.frame.untold(self.hidden):
                self.hidden.add(number)
                continue
            before = [reader.without(number) for reader in self.readers.all]
            if not self._holds():
                self.hidden.add(number)
                for reader, worlds in zip(self.readers.all, before, strict=True):
                    reader.restore(worlds)

    def _holds(self) -> bool:
        work = targets(self.frame, self.hidden)
        return all(self._holds_for(reader, work) for reader in self.readers.all)

    def _holds_for(self, reader: Attacker, work: list[int]) -> bool:
        narrow = [target for target in work if not reader.is_wide(target)]
        system = self.readers.system(self.shown(), reader) if narrow else Moves(())
        return all(self.readers.is_safe(target, reader, system) for target in narrow)

    def _more(self, target: int, reader: Attacker) -> set[int]:
        shown = self.shown()
        chosen = self._cheapest(target, reader, shown)
        if (
            not chosen
        ):  # the way there was no whole number: one more figure, the smallest that touches it
            cells = self.frame.leaves[target]
            near = {n for n in shown if cells.keys() & self.frame.leaves[n].keys()}
            chosen = set(sorted(near or shown, key=lambda n: (self.frame.values[n], n))[:1])
        return chosen

    def _cheapest(self, target: int, reader: Attacker, shown: set[int]) -> set[int]:
        """The shown figures that differ in the cheapest world in which the target is as much higher as it must."""
        size = len(self.frame.keys)
        most: dict[int, float] = {**reader.most}
        least: dict[int, float] = {**reader.least}
        price = {
            n: isqrt(16 * (self.frame.values[n] + 1)) + len(self.frame.leaves[n])
            for n in sorted(shown)
        }
        goal, reach = 3 * size, 3 * size + 1
        equations = [
            {**self.frame.leaves[n], size + n: -1, 2 * size + n: 1} for n in price
        ]  # what it grows by, what it shrinks by
        least |= dict.fromkeys((slack for n in price for slack in (size + n, 2 * size + n)), 0)
        reaching = {**self.frame.leaves[target], reach: -1}
        system = Moves([*equations, *self.frame.links, reaching])
        most[reach] = width_owed(self.frame.values[target]) - reader.below(target)
        terms: dict[int, float] = {reach: 1000 * (1 + sum(price.values()))}
        for n, cost in price.items():
            terms[size + n] = terms[2 * size + n] = -cost
        system.start(least, most)
        system.aim(goal, terms)
        system.push(goal, 1, None, steep=STEEP_STEPS)
        return {
            n
            for n in price
            if max(system.at.get(size + n, 0), system.at.get(2 * size + n, 0)) > NOTHING
        }
