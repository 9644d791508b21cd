"""Who computes, from what: the public, and each party that knows its own (statistics §3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.suppression.frame import Frame
from services.suppression.moves import Moves
from services.suppression.rule import width_owed

PUBLIC = ""

World = Mapping[int, int]
"""Another world in which every figure that is shown is the same: differences from the true counts, by finest cell."""


class Attacker:
    """What one reader knows, and how wide each figure has been seen to be for it.

    A world that agrees with all it sees is a proof: a figure is at least as wide as it differs among them.

    Args:
        name: a party; empty for the public.
        frame: the question.
    """

    def __init__(self, name: str, frame: Frame) -> None:
        self._frame = frame
        own = frame.knowing.get(name, set())
        self.knows = {
            n for n, leaves in enumerate(frame.leaves) if n in own or own >= leaves.keys()
        }
        self.most: dict[int, int] = dict.fromkeys(self.knows, 0)
        self.least: dict[int, int] = {
            n: 0 if n in self.knows else frame.own[n].get(name, 0) - frame.values[n]
            for n in frame.above
        }
        self._worlds: list[World] = []
        self._range: dict[int, tuple[int, int]] = {}

    def is_wide(self, figure: int) -> bool:
        """Whether the worlds that are known leave a figure wide enough, or it is the reader's own."""
        low, high = self._range.get(figure, (0, 0))
        return figure in self.knows or high - low >= width_owed(self._frame.values[figure])

    def below(self, figure: int) -> int:
        """By how much a figure can be smaller, as far as is known."""
        return -self._range.get(figure, (0, 0))[0]

    def believe(self, world: World) -> None:
        """Take a world for possible, if it is to this reader."""
        if not all(self.least[n] <= by and n not in self.knows for n, by in world.items()):
            return
        self._worlds.append(world)
        for figure, by in moved(self._frame, world).items():
            low, high = self._range.get(figure, (0, 0))
            self._range[figure] = min(low, by), max(high, by)

    def without(self, figure: int) -> list[World]:
        """Forget the worlds that a figure refutes which is to be shown; what was believed until now."""
        before = self._worlds
        self.restore([world for world in before if not moved(self._frame, world).get(figure)])
        return before

    def restore(self, worlds: Iterable[World]) -> None:
        """Believe these worlds alone."""
        self._worlds, self._range = [], {}
        for world in worlds:
            self.believe(world)


class Attackers:
    """Whether every hidden figure is wide enough for everyone."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self.all = [Attacker(name, frame) for name in (PUBLIC, *sorted(frame.knowing))]

    def system(self, shown: Iterable[int], reader: Attacker) -> Moves:
        """What ties the finest cells that a reader does not know while these figures are shown."""
        sums = [*(self._frame.leaves[n] for n in sorted(shown)), *self._frame.links]
        return Moves({n: by for n, by in terms.items() if n not in reader.knows} for terms in sums)

    def is_safe(self, figure: int, reader: Attacker, system: Moves) -> bool:
        """Whether a hidden figure is wide enough for a reader; looks for the worlds that prove it."""
        return reader.is_wide(figure) or self._search(figure, reader, system)

    def _search(self, figure: int, reader: Attacker, system: Moves) -> bool:
        owed = width_owed(self._frame.values[figure])
        goal = len(self._frame.keys)
        system.start(reader.least, reader.most)
        leaves = self._frame.leaves[figure]
        system.aim(goal, {n: by for n, by in leaves.items() if n not in reader.knows})
        down = system.push(goal, -1, owed)
        self._tell(system)
        if down < owed and not reader.is_wide(figure):
            system.push(goal, 1, owed - int(max(down, 0)))
            self._tell(system)
        return reader.is_wide(figure)

    def _tell(self, system: Moves) -> None:
        whole = system.whole()
        world = {n: by for n, by in whole.items() if n in self._frame.above}
        for reader in self.all if world else ():
            reader.believe(world)


def moved(frame: Frame, world: World) -> dict[int, int]:
    """By how much each figure differs in a world, if it does."""
    sums: dict[int, int] = {}
    for leaf, by in world.items():
        for figure, times in frame.above[leaf].items():
            sums[figure] = sums.get(figure, 0) + times * by
    return {figure: by for figure, by in sums.items() if by}


def targets(frame: Frame, hidden: Iterable[int]) -> list[int]:
    """The figures that must be wide, largest first: hidden ones, and small ones that nothing prints."""
    asked = {n for n in {*hidden, *frame.small} if frame.leaves[n]}
    return sorted(asked, key=lambda n: (-frame.values[n], n))
