"""The clock: moved by a file, noticed at once, never back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts.errors import UsageError
from contracts.vocabulary.schema import LAST_INSTANT
from services.platform.process.clock import FileClock, SystemClock, set_to
from services.platform.process.paris_time import exactly, instant, paris

DAY_S = 86_400


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A clock file that does not exist yet."""
    return tmp_path / "home" / "clock"


def test_a_story_may_begin_in_the_past_and_then_only_goes_on(path: Path) -> None:
    """The first setting chooses the day; later ones cannot go back before it."""
    began = SystemClock().now() - 1000 * DAY_S
    set_to(path, began)

    assert FileClock(path).now() < began + DAY_S
    with pytest.raises(UsageError, match="clock_backwards"):
        set_to(path, began - DAY_S)


def test_time_does_not_go_back_when_the_file_does(path: Path) -> None:
    """A file put back by hand holds the clock: else duties would open too early."""
    clock = FileClock(path)
    set_to(path, clock.now() + DAY_S)
    late = clock.now_ms()

    path.write_text("0\n", encoding="ascii")

    assert clock.now_ms() == late


def test_a_file_with_other_text_is_an_error_that_does_not_quote_it(path: Path) -> None:
    """What lies in the file may be anything."""
    path.parent.mkdir()
    path.write_text("Jean Martin", encoding="ascii")

    with pytest.raises(UsageError) as caught:
        FileClock(path).now()

    assert "Martin" not in str(caught.value)


def test_an_instant_is_the_wall_time_of_paris_all_the_year_round() -> None:
    """Hour by hour over two years, with both changes of the clock, as the tz database."""
    begin, zone = datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("Europe/Paris")

    for hour in range(2 * 366 * 24):
        at = begin + timedelta(hours=hour)
        assert paris(int(at.timestamp())) == at.astimezone(zone).replace(tzinfo=None)
    assert "9999" in exactly(LAST_INSTANT, "fr")  # no page fails at it


def test_a_wall_time_in_paris_is_the_instant_that_it_is_of() -> None:
    """As the tz database has it: the first of the hour that comes twice; or that before."""
    begin, zone = datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("Europe/Paris")

    for hour in range(366 * 24):
        local = (begin + timedelta(hours=hour)).astimezone(zone).replace(fold=0)
        assert instant(local.replace(tzinfo=None)) == int(local.timestamp())
    assert instant(datetime.fromisoformat("2026-03-29T02:30")) == int(
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp()
    )
