"""A deadline that moved, in words not said twice, and as two dates to be checked."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from contracts.convention.clauses import DutySpec
from contracts.convention.model import Convention
from contracts.decision.deadlines import deadline
from contracts.errors import ConventionError
from services.committee.texts.labels import when_text
from services.texts import Catalogue, ordinal

_ = Catalogue(__name__)
_NO_LONGER: Final = _("{when}, no longer the {nth}")
_DAYS: Final = _.ngettext("{n} working day, no longer {was}", "{n} working days, no longer {was}")
_BEFORE: Final = _("{when} (before: {was})")
_BY: Final = _("by {date}")
_WORKING_DAYS: Final = re.compile(r"(\d+)wd\Z")
_COUNTED: Final = re.compile(r"\d+(min|h|wd|d|mo)\Z|day\Z")  # from the event; not from an end
SENT_AT: Final = 9  # o'clock in Paris: when the event of an example is sent and delivered


def as_it_was(duty: DutySpec, was: tuple[str, ...]) -> DutySpec:
    """A duty with the deadline that an atom says it had."""
    within, urgent, start, legal = was
    return replace(duty, within=within, urgent_within=urgent, start=start, legal=legal == str(True))


def moved_text(duty: DutySpec, was: tuple[str, ...], lang: str) -> str:
    """By when it is due now and was: `… of the 10th working day that follows, no longer …`."""
    before, when = as_it_was(duty, was), when_text(duty, lang)
    if counts := _working_days(before, duty):
        return _NO_LONGER.say(lang, when=when, nth=ordinal(counts[0], lang))
    return _BEFORE.say(lang, when=when, was=when_text(before, lang))


def brief_text(duty: DutySpec, was: tuple[str, ...], lang: str) -> str:
    """The same for a table: `10 working days, no longer 15`."""
    counts = _working_days(as_it_was(duty, was), duty)
    if counts and duty.start == "delivery":
        return _DAYS.say(lang, was=counts[0], n=counts[1])
    return moved_text(duty, was, lang)


def _working_days(before: DutySpec, after: DutySpec) -> tuple[int, int] | None:
    """How many working days before and after, where nothing else of the deadline differs."""
    both = _WORKING_DAYS.match(before.within), _WORKING_DAYS.match(after.within)
    plain = not (after.urgent_within or after.legal or after.repeat)
    if both[0] and both[1] and plain and replace(before, within=after.within) == after:
        return int(both[0][1]), int(both[1][1])
    return None


def due_text(convention: Convention, duty: DutySpec, on: date, lang: str) -> str:
    """By which date a duty of an event of this day is due; in words where a day is too little."""
    known = duty.start in ("delivery", "transmission") and _COUNTED.match(duty.within)
    if not known or duty.repeat or duty.opened_by:
        return when_text(duty, lang)
    try:
        sent = convention.calendar.instant(on, SENT_AT)
        due = convention.calendar.local(deadline(convention.calendar, duty.within, sent, on))
    except ConventionError:  # beyond the tables of days
        return when_text(duty, lang)
    return _BY.say(lang, date=_written(due))


def _written(due: datetime) -> date | datetime:
    """The end of a day by its day alone."""
    return due.date() if (due.hour, due.minute) == (23, 59) else due
