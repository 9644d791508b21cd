"""The stories' own reading of delays, held against two others: a library's and the convention's."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest

from contracts.convention.load import load
from contracts.conventions import shipped
from services.play.demo.expected import (
    HOLIDAYS,
    Span,
    months_later,
)

CALENDAR = load(shipped(), "shipped").calendar


def test_the_written_holidays_are_those_of_france_while_the_stories_last() -> None:
    """From the autumn of 2026 to New Year's Day 2028."""
    first, last = min(HOLIDAYS), max(HOLIDAYS)

    expected = set(holidays.country_holidays("FR", years=(2026, 2027, 2028)))

    assert {day for day in expected if first <= day <= last} == HOLIDAYS


@pytest.mark.parametrize("count", [1, 2, 5, 10, 15])
def test_working_days_are_counted_as_the_convention_counts_them(count: int) -> None:
    """Two implementations, two lists of holidays, every day of the stories' year."""
    day = date(2026, 9, 7)

    while day < date(2027, 11, 1):
        at = CALENDAR.instant(day, 15)
        due = CALENDAR.local(CALENDAR.end_of_working_day(at, count))
        moment = CALENDAR.local(at)
        assert Span(moment, moment).holds(f"{count}wd", due), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-09-07", 3, "2026-12-07"),
        ("2027-01-31", 1, "2027-02-28"),
        ("2026-12-31", 12, "2027-12-31"),
    ],
)
def test_months_run_date_to_date(day: str, months: int, expected: str) -> None:
    """To the same day of the month, or the last day of a shorter one."""
    start = date.fromisoformat(day)

    assert months_later(start, months).isoformat() == expected
    assert CALENDAR.add_months(start, months).isoformat() == expected
