"""Missing sequence numbers that the owners' orders to erase explain (log §11.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection

Partition = tuple[str, int]  # realm, number
# a partition, and two instants in seconds → leaves that orders of between, both included, name there
Named = Callable[[Partition, int, int], Collection[str]]


class ErasedNumbers:
    """Excuses no more numbers than orders name decisions, for each takes one from a desk at most.

    Which numbers those were nobody says: so many others may be missing unseen in their place.

    Attributes:
        now: of an order that is dated later nothing has been erased yet.
    """

    def __init__(self, named: Named = lambda _place, _start, _end: ()) -> None:
        self.now = 0
        self._named = named
        self._excused: Counter[tuple[str, Partition]] = Counter()

    def excuse(self, desk: str, place: Partition, before: int, count: int) -> bool:
        """Whether orders explain so many numbers more.

        Args:
            before: instant of the last message ahead of them; what was decided later, no earlier order
                erases. Orders may well be later than the message behind them.
        """
        key = desk, place
        left = len(self._named(place, 0, self.now)) - self._excused[key]
        if count > min(left, len(self._named(place, before, self.now))):
            return False
        self._excused[key] += count
        return True
