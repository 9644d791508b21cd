"""Median and ninth decile as a report may tell them: never the time of one case, never of few.

A quantile says how many cases took longer: at least `LEAST` must lie on each side of it, as of any
count. It is told as a step of a ladder that it does not pass, which no single time can be read from.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

LEAST: Final = 10  # cases on either side
MEDIAN: Final = (1, 2)
P90: Final = (9, 10)
MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
LADDER: Final = (
    *(minutes * MINUTE for minutes in (5, 10, 15, 30, 45)),
    *(hours * HOUR for hours in (1, 2, 3, 4, 6, 8, 12, 16, 20)),
    *(days * DAY for days in (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 21, 25, 30, 35, 40, 45, 50, 60)),
    *(days * DAY for days in (70, 80, 90, 100, 120, 150, 180, 240, 300, 365)),
)  # fmt: skip


def quantile(seconds: Collection[int], share: tuple[int, int]) -> int | None:
    """The step of the ladder that at least this share of the times does not pass; None if it may not be told.

    Args:
        seconds: one time a case.
        share: numerator and denominator.
    """
    count, (over, under) = len(seconds), share
    rank = -(-count * over // under)
    if min(rank, count - rank) < LEAST:
        return None
    value = sorted(seconds)[rank - 1]
    return next((step for step in LADDER if step >= value), None)
