"""Instants as people in France read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.platform.process.paris_time import exactly, instant, paris, when

NB = "\u00a0"


def test_an_instant_is_the_wall_time_of_paris_all_the_year_round() -> None:
    """Hour by hour over two years, both changes of the clock among them, as the time-zone database has it."""
    begin, zone = datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("Europe/Paris")

    for hour in range(2 * 366 * 24):
        at = begin + timedelta(hours=hour)
        assert paris(int(at.timestamp())) == at.astimezone(zone).replace(tzinfo=None)


def test_a_wall_time_in_paris_is_the_instants_that_it_is_of() -> None:
    """One, as the time-zone database has it; both of the hour that comes twice; of the one left out, that before it."""
    begin, zone = datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("Europe/Paris")

    for hour in range(366 * 24):
        at = begin + timedelta(hours=hour)
        local = at.astimezone(zone)
        wall, twice = (
            local.replace(tzinfo=None),
            3600 * (local.replace(fold=1).utcoffset() != local.replace(fold=0).utcoffset()),
        )
        first = int(local.replace(fold=0).timestamp())
        assert (instant(wall), instant(wall, last=True)) == (first, first + twice)
    assert instant(datetime.fromisoformat("2026-03-29T02:30")) == int(
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp()
    )


@pytest.mark.parametrize(
    ("lang", "said"), [("fr", f"3{NB}octobre 2026 à 14{NB}h{NB}05"), ("en", f"3{NB}October 2026 at 14:05")]
)  # fmt: skip
def test_an_instant_is_written_as_its_reader_writes_it(lang: str, said: str) -> None:
    """From the UTC that services answer."""
    assert when("2026-10-03T12:05:00Z", lang) == said


@pytest.mark.parametrize(
    ("lang", "at", "said"),
    [
        ("fr", "2026-10-25T00:30:09Z", f"25{NB}octobre 2026 à 2{NB}h{NB}30{NB}min{NB}09{NB}s (UTC+02:00)"),
        ("fr", "2026-10-25T01:30:09Z", f"25{NB}octobre 2026 à 2{NB}h{NB}30{NB}min{NB}09{NB}s (UTC+01:00)"),
        ("en", 1_792_888_209, f"25{NB}October 2026 at 02:30:09 (UTC+02:00)"),
    ],
)  # fmt: skip
def test_an_instant_to_the_second_tells_apart_the_hour_that_comes_twice(
    lang: str, at: int | str, said: str
) -> None:
    """Both half past two of the night on which clocks go back."""
    assert exactly(at, lang) == said
