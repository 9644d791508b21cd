"""Paris time and working days against libraries, which are oracles here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.contracts.convention.kit import convention
from tests.contracts.envelope.refusal import refused

PARIS = ZoneInfo("Europe/Paris")
TABLE = convention().calendar
DAYS = [TABLE.first + timedelta(days=n) for n in range((TABLE.last - TABLE.first).days + 1)]
START = int(datetime(2026, 1, 1, tzinfo=PARIS).timestamp())
END = int(datetime(2031, 12, 31, 23, 59, 59, tzinfo=PARIS).timestamp())


def at(*when: int) -> int:
    """An instant from Paris wall time, by the library."""
    return int(datetime(*when, tzinfo=PARIS).timestamp())  # type: ignore[misc,arg-type]


def test_holidays_are_those_of_metropolitan_france() -> None:
    """Every year of the table, against the `holidays` library."""
    expected = set(holidays.country_holidays("FR", years=range(2026, 2032)))

    assert expected == TABLE.holidays


@given(st.integers(START, END))
@example(START)
@example(END)
def test_local_time_is_that_of_the_time_zone_database(instant: int) -> None:
    """Any instant of the six years, from the first second of a Paris day to the last."""
    expected = datetime.fromtimestamp(instant, PARIS).replace(tzinfo=None)

    assert TABLE.local(instant) == expected
    assert TABLE.date_of(instant) == expected.date()


def test_every_hour_of_every_day_becomes_the_right_instant() -> None:
    """Days of clock changes included; a wall time that occurs twice is the first of both."""
    for day in DAYS:
        for hour in (0, 1, 2, 3, 12, 23):
            expected = datetime(day.year, day.month, day.day, hour, 30, tzinfo=PARIS)
            assert TABLE.instant(day, hour, 30) == int(expected.timestamp())
        last = datetime.fromtimestamp(TABLE.end_of_day(day), PARIS)
        assert (last.date(), last.hour, last.minute, last.second) == (day, 23, 59, 59)


@pytest.mark.parametrize(
    ("instant", "count", "expected"),
    [
        (at(2026, 11, 24, 10), 1, at(2026, 11, 25, 23, 59, 59)),  # Tuesday to Wednesday
        (at(2026, 11, 27, 17, 40), 1, at(2026, 11, 30, 23, 59, 59)),  # Friday evening to Monday
        (at(2026, 11, 24, 0, 0, 0), 0, at(2026, 11, 24, 23, 59, 59)),  # the same day
        (at(2026, 5, 7, 9), 1, at(2026, 5, 11, 23, 59, 59)),  # over 8 May and a week-end
        (at(2026, 5, 13, 9), 2, at(2026, 5, 18, 23, 59, 59)),  # over Ascension
        (at(2026, 12, 31, 9), 10, at(2027, 1, 15, 23, 59, 59)),  # into the next year
        (at(2026, 10, 23, 23, 30), 1, at(2026, 10, 26, 23, 59, 59)),  # over the change to winter
        (at(2026, 11, 24, 0, 30), 1, at(2026, 11, 25, 23, 59, 59)),  # Monday still in Greenwich
    ],
)
def test_working_days_are_counted_from_the_day_after(
    instant: int, count: int, expected: int
) -> None:
    """Week-ends and holidays are no working days; the day itself is not counted."""
    assert TABLE.end_of_working_day(instant, count) == expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 3, 15), 0, date(2026, 3, 15)),
    ],
)
def test_months_run_date_to_date_and_end_with_the_month(
    day: date, months: int, expected: date
) -> None:
    """As CPC 641 counts."""
    assert TABLE.add_months(day, months) == expected


@pytest.mark.parametrize(
    "call",
    [
        lambda: TABLE.local(END + 1),
        lambda: TABLE.date_of(START - 1),
        lambda: TABLE.instant(date(2032, 1, 1)),
        lambda: TABLE.end_of_day(date(2025, 12, 31)),
        lambda: TABLE.is_working(date(2032, 1, 1)),
        lambda: TABLE.end_of_working_day(at(2031, 12, 30, 9), 2),
    ],
)
def test_beyond_the_table_nothing_is_guessed(call: Callable[[], object]) -> None:
    """One code for whatever asks further than the parties agreed."""
    with refused("calendar_ended"):
        call()
