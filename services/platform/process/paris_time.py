"""Instants as people in France read them: in Paris time, without any machine's time zones."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from contracts.convention.calendar import SUMMER, WINTER, seconds_ahead
from services.texts import clock_second, day, moment


def _seconds(at: int | str) -> int:
    return at if isinstance(at, int) else int(datetime.fromisoformat(at).timestamp())


def paris(at: int | str) -> datetime:
    """Wall time in Paris of an instant: seconds since 1970, or RFC 3339 as services write it."""
    instant = _seconds(at)
    wall = datetime.fromtimestamp(instant, UTC).replace(tzinfo=None)
    with suppress(OverflowError):  # no calendar has a year 10000: its last hour stays as in UTC
        wall += timedelta(seconds=seconds_ahead(instant))
    return wall


def instant(wall: datetime) -> int:
    """Seconds since 1970 of a wall time in Paris; of an hour that comes twice, the first.

    Of one that is left out in spring it is the instant that a clock shows that nobody put forward.
    """
    plain = int(wall.replace(tzinfo=UTC).timestamp())
    there = [at for ahead in (SUMMER, WINTER) if paris(at := plain - ahead) == wall]
    return there[0] if there else plain - WINTER


def paris_offset(at: int) -> tuple[datetime, str]:
    """Wall time in Paris of an instant, and by how much it is before UTC: `+01:00` or `+02:00`."""
    wall = paris(at)
    ahead = wall - datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
    return wall, f"+{ahead // timedelta(hours=1):02}:00"


def exactly(at: int | str, lang: str) -> str:
    """`3 octobre 2026 à 14 h 05 min 09 s (UTC+02:00)`, or the same in English, in Paris.

    For who holds it against a log that a machine wrote: to the second, and unambiguous in the hour
    that comes twice.
    """
    wall, offset = paris_offset(_seconds(at))
    joint = "à" if lang == "fr" else "at"
    return f"{day(wall, lang)} {joint} {clock_second(wall, lang)} (UTC{offset})"


def when(at: int | str, lang: str) -> str:
    """`3 octobre 2026 à 14 h 05`, `3 October 2026 at 14:05`, in Paris."""
    return moment(paris(at), lang)
