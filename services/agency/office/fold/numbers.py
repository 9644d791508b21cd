"""Sequence numbers of what one desk is told: which are missing, and which were erased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from services.agency.office.responses.inbox import MissingNumbers

Place = tuple[str, int]  # realm, partition
# a place, and two instants in seconds → how many leaves there orders of between them erase
Named = Callable[[Place, int, int], int]


class ErasedNumbers:
    """Excuses no more numbers than orders name decisions, for each takes one from a desk at most.

    Which numbers those were nobody says: so many others may be missing unseen in their place.

    Attributes:
        now: of an order that is dated later nothing has been erased yet.
    """

    def __init__(self, named: Named = lambda _place, _start, _end: 0) -> None:
        self.now = 0
        self._named = named
        self._excused: Counter[tuple[str, Place]] = Counter()

    def excuse(self, desk: str, place: Place, before: int, count: int) -> bool:
        """Whether orders explain so many numbers more.

        Args:
            before: instant of the last message ahead of them; what was decided later, no earlier
                order erases. Orders may well be later than the message behind them.
        """
        key = desk, place
        left = self._named(place, 0, self.now) - self._excused[key]
        if count > min(left, self._named(place, before, self.now)):
            return False
        self._excused[key] += count
        return True


@dataclass(frozen=True, slots=True)
class Gap:
    """Sequence numbers that never came: something was withheld from this desk."""

    realm: str
    partition: int
    first: int
    last: int

    def told(self) -> MissingNumbers:
        """As the inbox shows it."""
        return MissingNumbers(
            realm=self.realm, partition=self.partition, first_missing=self.first,
            last_missing=self.last,
        )  # fmt: skip


@dataclass(slots=True)
class Numbers:
    """How far a desk has been told, by realm and partition.

    Attributes:
        last: the last number.
        told_at: the latest instant of a message there, as the router dates it.
        erased: which missing numbers the owners' orders explain, shared by the agency's desks.
    """

    desk: str
    last: dict[Place, int] = field(default_factory=dict)
    told_at: dict[Place, int] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    erased: ErasedNumbers = field(default_factory=ErasedNumbers, compare=False)
    _blanked: dict[Place, set[int]] = field(default_factory=dict)  # ahead of what was read

    def start_at(self, place: Place, complete: bool) -> None:
        """Whether a partition is still whole: then its numbers begin at 1."""
        if complete:
            self.last.setdefault(place, 0)

    def count(self, place: Place, number: int, at: int) -> str:
        """Take a number; those that orders to erase explain are no gap: nothing was withheld.

        Returns:
            The error code of a repeated one, else empty.
        """
        last, before = self.last.get(place), self.told_at.get(place, 0)
        self.told_at[place] = max(at, before)
        if last is not None and number <= last:
            return "replayed"
        blanked = self._blanked.get(place, set())
        holes = [] if last is None else _without(Gap(*place, last + 1, number - 1), blanked)
        missing = sum(hole.last - hole.first + 1 for hole in holes)
        if missing and not self.erased.excuse(self.desk, place, before, missing):
            self.gaps += holes
        self.last[place] = number
        blanked -= {other for other in blanked if other <= number}
        return ""

    def blank(self, place: Place, number: int) -> None:
        """A message of this number was erased: it lies far behind its place in the sequence."""
        last = self.last.get(place)
        if last is None or number > last:
            self._blanked.setdefault(place, set()).add(number)
            return
        for at, gap in enumerate(self.gaps):
            if (gap.realm, gap.partition) == place and gap.first <= number <= gap.last:
                self.gaps[at : at + 1] = _without(gap, {number})
                return


def _without(gap: Gap, numbers: Iterable[int]) -> list[Gap]:
    """What is left of a gap, which may be of any length."""
    left, first = [], gap.first
    for number in sorted(numbers):
        if gap.first <= number <= gap.last:
            left.append(Gap(gap.realm, gap.partition, first, number - 1))
            first = number + 1
    left.append(Gap(gap.realm, gap.partition, first, gap.last))
    return [part for part in left if part.first <= part.last]
