"""Paris time and working days, from tables in the convention file (rules §12).

Holidays and clock changes are data that the file's digest covers: two machines with different
time-zone libraries compute the same due instants, and so do a router and an auditor years apart.
Beyond the table nothing is guessed: `calendar_ended`. What the law says the tables should be,
public holidays of metropolitan France and clock changes, stands at the end. Instants are whole
seconds since 1970 UTC; local times are naive Paris wall time.
"""

from __future__ import annotations

import calendar as _months
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Final

from contracts.errors import ConventionError

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 (wall time is naive on purpose)
_SATURDAY: Final = 5  # date.weekday()
REMEMBERED: Final = 10_000  # answers of one kind


@dataclass(frozen=True)
class Calendar:
    """The tables of one convention file.

    Attributes:
        holidays: public holidays, all within `first` and `last`.
        offsets: (instant from which, offset from UTC in seconds), rising; the first one holds at
            the start of `first`.
        first, last: the days that the tables cover, both included.
    """

    holidays: frozenset[date]
    offsets: tuple[tuple[int, int], ...]
    first: date
    last: date

    def local(self, at: int) -> datetime:
        """Paris wall time of an instant, naive.

        Raises:
            ConventionError: `calendar_ended` beyond the table.
        """
        moment = _EPOCH + timedelta(seconds=at + self._offset(at))
        self._covered(moment.date())
        return moment

    @cached_property
    def date_of(self) -> Callable[[int], date]:
        """The day of an instant in Paris; remembered, as a batch asks for the same ones.

        Raises:
            ConventionError: `calendar_ended` beyond the table.
        """
        return lru_cache(REMEMBERED)(lambda at: self.local(at).date())

    def instant(self, day: date, hour: int = 0, minute: int = 0) -> int:
        """The instant of a Paris wall time.

        A wall time that occurs twice (autumn) is the first of both; one that does not occur
        (spring) is read with the offset before the change, as PEP 495 does with fold 0.

        Raises:
            ConventionError: `calendar_ended` beyond the table.
        """
        return self._instant(day, hour * 3600 + minute * 60)

    def end_of_day(self, day: date) -> int:
        """The instant of 23:59:59 in Paris on a day.

        Raises:
            ConventionError: `calendar_ended` beyond the table.
        """
        return self._instant(day, 86_399)

    def end_of_working_day(self, at: int, n: int) -> int:
        """The end of the nth working day after the day of `at`; of that day itself if n is 0.

        Args:
            at: an instant, seconds.
            n: working days to count; the day of `at` is not counted, working or not.

        Raises:
            ConventionError: `calendar_ended` beyond the table.
        """
        day = self.date_of(at)
        while n > 0:
            day += timedelta(days=1)
            n -= self.is_working(day)
        return self.end_of_day(day)

    def is_working(self, day: date) -> bool:
        """Whether a day is Monday to Friday and no public holiday.

        Raises:
            ConventionError: `calendar_ended` beyond the table.
        """
        self._covered(day)
        return day.weekday() < _SATURDAY and day not in self.holidays

    def add_months(self, day: date, n: int) -> date:
        """`n` months later, date to date; the month's last day if it has no such day.

        As CPC 641 counts: 30 November and three months is 28 (29) February.
        """
        year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
        month += 1
        return date(year, month, min(day.day, _months.monthrange(year, month)[1]))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(start for start, _ in self.offsets)

    def _offset(self, at: int) -> int:
        # Before the first entry the first offset stands in; the coverage check then refuses.
        return self.offsets[max(0, bisect_right(self._starts, at) - 1)][1]

    def _instant(self, day: date, seconds: int) -> int:
        self._covered(day)
        wall = (day - _EPOCH.date()).days * 86_400 + seconds
        # The earlier of both readings lies within a day; its offset is that before a change.
        before = self._offset(wall - 86_400)
        first = wall - before
        after = self._offset(first)
        if after == before:
            return first
        second = wall - after
        return second if self._offset(second) == after else first

    def _covered(self, day: date) -> None:
        if not self.first <= day <= self.last:
            raise ConventionError("calendar_ended", day.isoformat(), f"{self.first} to {self.last}")


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
    changes = set()
    for month, offset in _CHANGES:
        last = date(year, month, 31)
        sunday = last - timedelta(days=(last.weekday() - _SUNDAY) % 7)
        at = datetime(year, month, sunday.day, 1, tzinfo=UTC)
        changes.add((int(at.timestamp()), offset))
    return frozenset(changes)


def seconds_ahead(at: int) -> int:
    """How far Paris is ahead of UTC at an instant, by law; at a change already the new one."""
    past = [
        change for change in clock_changes(datetime.fromtimestamp(at, UTC).year) if change[0] <= at
    ]
    return max(past)[1] if past else WINTER


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
