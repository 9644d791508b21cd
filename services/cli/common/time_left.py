"""How long something still takes: an estimate that says nothing before it knows something."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

WINDOW_S: Final = 20.0  # the pace of the last seconds counts, not that of the beginning
FIRST_S: Final = 1.0  # no estimate before


class Remaining:
    """Seconds left of a task whose size is known, from its recent pace.

    Args:
        clock: seconds, rising.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun = clock()
        self._looks: deque[tuple[float, int]] = deque([(self._begun, 0)])

    def after(self, done: int, total: int) -> float | None:
        """Seconds left; None while nothing can be said honestly."""
        now = self._clock()
        self._looks.append((now, done))
        while len(self._looks) > 2 and now - self._looks[1][0] > WINDOW_S:
            self._looks.popleft()
        (then, before), left = self._looks[0], total - done
        if now - self._begun < FIRST_S or done <= before or left < 0:
            return None
        return left * (now - then) / (done - before)


def in_words(seconds: float | None) -> str:
    """`about 3 min left`, rounded up; empty if unknown."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s left"
    return f"about {int(-(-seconds // 60))} min left"
