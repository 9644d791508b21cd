"""Instants as people in France read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from services.platform.process.paris_time import instant, paris


def test_an_instant_is_the_wall_time_of_paris_all_the_year_round() -> None:
    """Hour by hour over two years, with both changes of the clock, as the tz database."""
    begin, zone = datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("Europe/Paris")

    for hour in range(2 * 366 * 24):
        at = begin + timedelta(hours=hour)
        assert paris(int(at.timestamp())) == at.astimezone(zone).replace(tzinfo=None)


def test_a_wall_time_in_paris_is_the_instant_that_it_is_of() -> None:
    """As the tz database has it: the first of the hour that comes twice; or that before."""
    begin, zone = datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("Europe/Paris")

    for hour in range(366 * 24):
        local = (begin + timedelta(hours=hour)).astimezone(zone).replace(fold=0)
        assert instant(local.replace(tzinfo=None)) == int(local.timestamp())
    assert instant(datetime.fromisoformat("2026-03-29T02:30")) == int(
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp()
    )
