"""By when a duty is due: from an instant, a day, or the clock of the case (rules §12)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from contracts.convention.calendar import REMEMBERED, Calendar
from contracts.convention.duty import DutySpec
from contracts.decision.setting import Setting
from contracts.errors import ConventionError

CASE_CLOCK: Final = "case_clock"
_WITHIN: Final = re.compile(r"(-?\d+)(min|h|wd|d|mo)\Z")


@lru_cache(REMEMBERED)  # the events of a batch share its instant
def deadline(calendar: Calendar, within: str, instant: int, day: date) -> int:
    """The instant at which something is due.

    Args:
        within: as in DutySpec; `day` means the end of `day`.
        instant: where delays of minutes, hours and working days start, seconds.
        day: where delays of days and months start; what it leads to before the calendar's tables
            is their first day, as it is past anyway.

    Raises:
        ConventionError: `calendar_ended` beyond the tables, `unknown_delay`.
    """
    if within in ("day", "due"):
        return calendar.end_of_day(max(day, calendar.first))
    match = _WITHIN.match(within)
    if match is None:
        raise ConventionError("unknown_delay", within, "1wd, 8d, 3mo, 2h, 15min, day or due")
    count, unit = int(match[1]), match[2]
    if unit == "min":
        return instant + count * 60
    if unit == "h":
        return instant + count * 3600
    if unit == "wd":
        return calendar.end_of_working_day(instant, count)
    if unit == "d":
        day += timedelta(days=count)
    else:
        day = calendar.add_months(day, count)
    return calendar.end_of_day(max(day, calendar.first))


def case_clock(clock: str, links: dict[str, str], base: str) -> date:
    """The earliest of the case's IPs, its active links and the date that the duty brings."""
    return min(date.fromisoformat(text) for text in (clock, *links.values(), base) if text)


def due_of(setting: Setting, spec: DutySpec) -> tuple[int | None, str]:
    """The due instant of a duty (None if the cover lacks its date) and the base date."""
    cover, calendar = setting.cover, setting.calendar
    called = cover.declared is not None and cover.declared.call is not None
    within = spec.urgent_within if spec.urgent_within and called else spec.within
    instant = cover.iat if spec.start == "transmission" else setting.at
    day, base = calendar.date_of(instant), ""
    if spec.start == "decided_on" and cover.decided_on:
        day = date.fromisoformat(cover.decided_on)
    elif spec.start == "ends_on" or within == "due":
        text = cover.due if within == "due" else cover.ends_on
        if text is None:
            return None, ""
        day = date.fromisoformat(text)
    elif spec.start == CASE_CLOCK:
        # Links may go again and IPs do not: without an IP the duty brings a date of its own.
        base = cover.received_on or ("" if setting.case.clock else day.isoformat())
        day = case_clock(setting.case.clock, setting.case.links, base)
    elif spec.repeat:
        base = day.isoformat()
    return max(deadline(calendar, within, instant, day), setting.at), base
