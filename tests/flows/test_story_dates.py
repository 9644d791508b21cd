"""The stories' days are days on which those who act are at work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache

import pytest

from contracts.convention.calendar import Calendar
from services.play.demo.cast import PARTS
from services.play.demo.screen import Teller
from services.play.demo.stories import play_all
from tests.world import World

SCHOOLS = {"edu-s", "edu-h-1", "edu-h-2"}

# School holidays of zone C, which has the academy of Créteil (ministry of education, calendars of
# 2026-2027 and of autumn 2027): first and last day without classes.
HOLIDAYS = (
    ("2026-10-17", "2026-11-01"),
    ("2026-12-19", "2027-01-03"),
    ("2027-02-06", "2027-02-21"),
    ("2027-04-03", "2027-04-18"),
    ("2027-05-06", "2027-05-09"),
    ("2027-07-03", "2027-08-31"),
    ("2027-10-23", "2027-11-07"),
)
SPAN = (date(2026, 9, 1), date(2027, 11, 7))  # that the list covers


@lru_cache(maxsize=1)
def played() -> tuple[Calendar, tuple[tuple[datetime, str, frozenset[str]], ...]]:
    """(Paris time, who acts, to whom) of every act, acknowledgements included; the calendar."""
    world, teller = World(), Teller()
    assert play_all(world, teller)
    calendar = world.convention.calendar
    acts = [line for line in teller.lines if line.kind in ("act", "reply")]
    return calendar, tuple(
        (calendar.local(line.at), line.data["desk"], frozenset(line.data["to"])) for line in acts
    )


def is_school_day(day: date, calendar: Calendar) -> bool:
    """Whether a school has classes: a working day outside its holidays."""
    assert SPAN[0] <= day <= SPAN[1]
    off = any(
        date.fromisoformat(first) <= day <= date.fromisoformat(last) for first, last in HOLIDAYS
    )
    return calendar.is_working(day) and not off


def of_schools() -> Iterator[tuple[datetime, str]]:
    """Acts of a school, and acts that reach it: somebody has to read them."""
    for at, desk, to in played()[1]:
        if desk in SCHOOLS or to & SCHOOLS:
            yield at, desk


def test_a_school_acts_and_is_told_on_school_days() -> None:
    """No holiday, no weekend: nobody would be there."""
    calendar = played()[0]

    wrong = [
        f"{at:%A %d %B %Y}: {desk}"
        for at, desk in of_schools()
        if not is_school_day(at.date(), calendar)
    ]

    assert wrong == []
    assert len(list(of_schools())) > 30


def test_a_judge_decides_on_working_days() -> None:
    """Neither on a Saturday nor on a public holiday."""
    calendar, acts = played()

    decided = [at for at, desk, _ in acts if desk == "je"]

    assert [f"{at:%A %d %B %Y}" for at in decided if not calendar.is_working(at.date())] == []
    assert len(decided) >= 4


@pytest.mark.parametrize(
    ("day", "works", "school"),
    [
        ("2026-11-20", True, True),
        ("2026-11-21", False, False),
        ("2026-12-21", True, False),
        ("2027-03-29", False, False),
        ("2027-07-20", True, False),
    ],
    ids=["Friday", "Saturday", "Christmas holidays", "Easter Monday", "summer"],
)
def test_the_calendars_know_such_days(day: str, works: bool, school: bool) -> None:
    """The lists that hold the stories can say no."""
    calendar = played()[0]

    assert calendar.is_working(date.fromisoformat(day)) == works
    assert is_school_day(date.fromisoformat(day), calendar) == school


def test_whoever_takes_part_is_presented() -> None:
    """The cast at the beginning names all who act or receive."""
    seen = {desk for _, desk, to in played()[1] for desk in (desk, *to)}

    assert seen <= set(PARTS)
    assert set(PARTS) - seen == {"edu-h-2"}  # who acts past the services
