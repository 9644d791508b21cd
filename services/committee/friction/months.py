"""Calendar months in Paris, as `2026-09`, and the instants at which they begin."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from contracts.convention.calendar import seconds_ahead
from contracts.errors import UsageError
from services.texts import Catalogue

_ = Catalogue(__name__)

DAY_S: Final = 86_400
MOST: Final = 36  # months that one report has
_MONTH: Final = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])", re.ASCII)


def begins(month: str) -> int:
    """The first second of a month in Paris, seconds since 1970; clocks never change on a first day."""
    utc = int(datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC).timestamp())
    return utc - seconds_ahead(utc)


def month_of(at: int) -> str:
    """The month in Paris in which an instant lies."""
    local = datetime.fromtimestamp(at + seconds_ahead(at), UTC)
    return f"{local.year:04}-{local.month:02}"


def following(month: str) -> str:
    """The next month."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def check(*months: str) -> None:
    """Refuse what is no month.

    Raises:
        UsageError: `month_malformed`.
    """
    for month in months:
        if not _MONTH.fullmatch(month):
            raise UsageError("month_malformed", month[:20], _("a month, such as 2026-09"))


def span(first: str, last: str) -> tuple[str, ...]:
    """Every month from the first to the last.

    Raises:
        UsageError: `month_malformed`, `period_malformed` (none, or more than `MOST`).
    """
    check(first, last)
    months = [first]
    while months[-1] < last and len(months) <= MOST:
        months.append(following(months[-1]))
    if last < first or len(months) > MOST:
        raise UsageError(
            "period_malformed", f"{first} … {last}", _("1 to {most} months").of(most=MOST)
        )
    return tuple(months)
