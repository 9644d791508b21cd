"""Instants as people in France read them: in Paris time, without any machine's time zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contracts.convention.calendar import WINTER, clock_changes
from services.texts import moment


def paris(at: int | str) -> datetime:
    """Wall time in Paris of an instant: seconds since 1970, or RFC 3339 as services write it."""
    instant = at if isinstance(at, int) else int(datetime.fromisoformat(at).timestamp())
    utc = datetime.fromtimestamp(instant, UTC)
    past = [change for change in clock_changes(utc.year) if change[0] <= instant]
    ahead = max(past)[1] if past else WINTER
    return (utc + timedelta(seconds=ahead)).replace(tzinfo=None)


def when(at: int | str, lang: str) -> str:
    """`3 octobre 2026 à 14 h 05`, `3 October 2026 at 14:05`, in Paris."""
    return moment(paris(at), lang)
