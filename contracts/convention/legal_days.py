"""The days that the law fixes: public holidays of metropolitan France, and clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

# Public holidays with a fixed date (Code du travail L. 3133-1); three more move with Easter, and
# Ascension may fall on one of the fixed.
FIXED: Final = (
    (1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25),
)  # fmt: skip
_AFTER_EASTER: Final = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
WINTER: Final = 3_600  # seconds ahead of UTC
SUMMER: Final = 7_200
_CHANGES: Final = ((3, SUMMER), (10, WINTER))  # directive 2000/84/EC: last Sundays, 01:00 UTC
_SUNDAY: Final = 6


def holidays(year: int) -> frozenset[date]:
    """The public holidays of a year, L. 3133-1."""
    moving = (easter(year) + timedelta(days=after) for after in _AFTER_EASTER)
    return frozenset({*(date(year, month, day) for month, day in FIXED), *moving})


def clock_changes(year: int) -> frozenset[tuple[int, int]]:
    """(instant, seconds ahead of UTC from then on) of both changes of a year."""
    found = set()
    for month, offset in _CHANGES:
        last = date(year, month, 31)
        sunday = last - timedelta(days=(last.weekday() - _SUNDAY) % 7)
        at = datetime(year, month, sunday.day, 1, tzinfo=UTC)
        found.add((int(at.timestamp()), offset))
    return frozenset(found)


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (Meeus, Jones and Butcher)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leaps, odd = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - moon + 15) % 30
    quarter, left = divmod(rest, 4)
    weekday = (32 + 2 * odd + 2 * quarter - epact - left) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
