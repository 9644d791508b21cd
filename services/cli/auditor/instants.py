"""Instants as an auditor says them: a day in Paris, a wall time in Paris, or an instant with its distance from UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.errors import UsageError
from services.platform.process.paris_time import instant
from services.texts import Catalogue

_ = Catalogue(__name__)

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII
)


def is_instant(text: str) -> bool:
    """Whether this is said as one, and not the name of a file."""
    return bool(_DAY.fullmatch(text) or _TIME.fullmatch(text))


def first_of(text: str) -> int:
    """The first second that is meant: of a day its beginning; raises as `last_of` does."""
    return _read(text, last=False)


def last_of(text: str) -> int:
    """The last second that is meant: of a day its end, of a minute its first second.

    Raises:
        UsageError: `instant_malformed`.
    """
    return _read(text, last=True)


def _read(text: str, *, last: bool) -> int:
    try:
        return _seconds(text, last=last)
    except (OverflowError, ValueError):
        expected = _(
            "a day (2026-09-30) or a time in Paris (2026-09-30T14:05), or one with Z or +02:00 behind it"
        )
        raise UsageError("instant_malformed", text[:40], expected) from None


def _seconds(text: str, *, last: bool) -> int:
    """Seconds since 1970; raises ValueError or OverflowError of what is none, or comes before."""
    if not is_instant(text):
        raise ValueError(text)
    said = datetime.fromisoformat(text)
    if said.tzinfo is not None:
        at = int(said.astimezone(UTC).timestamp())
    elif last and _DAY.fullmatch(text):
        at = instant(said + timedelta(days=1)) - 1
    else:
        at = instant(said, last=last)
    if at < 0:
        raise ValueError(text)
    return at
