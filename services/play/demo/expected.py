"""What a story expects, and how it is held against what was observed.

Expectations are written by hand and in the words of rules §12. The due instants that they name are
counted here, by the weekday and a written list of holidays: nothing is shared with
`contracts.decision.duties` or the convention's calendar tables, so that each checks the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

_DELAY: Final = re.compile(r"(\d+)(min|h|wd|d|mo)\Z")
_SATURDAY: Final = 5  # date.weekday()

# Public holidays in metropolitan France (Code du travail L.3133-1), by hand.
HOLIDAYS: Final = frozenset(
    date.fromisoformat(day)
    for day in (
        "2026-11-01", "2026-11-11", "2026-12-25", "2027-01-01", "2027-03-29", "2027-05-01",
        "2027-05-06", "2027-05-08", "2027-05-17", "2027-07-14", "2027-08-15", "2027-11-01",
        "2027-11-11", "2027-12-25", "2028-01-01",
    )
)  # fmt: skip

Reasons = dict[str, tuple[str, ...]]  # scope -> coded reasons


def scopes_with_reasons(text: str, usual: str = "not_permitted") -> Reasons:
    """`HEALTH FACTS.third_party:not_permitted+hard_denial` as a mapping."""
    reasons = {}
    for word in text.split():
        scope, _, why = word.partition(":")
        reasons[scope] = tuple((why or usual).split("+"))
    return reasons


@dataclass(frozen=True, slots=True)
class Gets:
    """A desk gets something.

    Attributes:
        grant: id of the grant that releases it (`R08`, `R11.2`); empty for WITHDRAW and ACK.
        scopes: what is delivered, separated by spaces.
        left_out: what the issuer had and its intake did not publish, with reasons.
        withheld: what was published and the router held back, with reasons.
    """

    grant: str
    scopes: str = ""
    left_out: str = ""
    withheld: str = ""

    def json(self) -> dict[str, Any]:
        """In the form of `observed`."""
        return {
            "state": "delivered", "grant": self.grant, "released": sorted(self.scopes.split()),
            "left_out": scopes_with_reasons(self.left_out, "not_permitted"),
            "withheld": scopes_with_reasons(self.withheld), "reasons": (), "doors": (),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Denied:
    """A desk gets nothing.

    Attributes:
        reasons: why, separated by spaces.
        left_out: what the issuer had for it, with reasons.
        doors: ids of the clauses that would have let it through, separated by spaces, in order.
        whole: nobody got anything of that event.
    """

    reasons: str
    grant: str = ""
    left_out: str = ""
    withheld: str = ""
    doors: str = ""
    whole: bool = True

    def json(self) -> dict[str, Any]:
        """In the form of `observed`."""
        return {
            "state": "refused" if self.whole else "withheld", "grant": self.grant,
            "released": [], "left_out": scopes_with_reasons(self.left_out, "no_clause"),
            "withheld": scopes_with_reasons(self.withheld),
            "reasons": tuple(self.reasons.split()), "doors": tuple(self.doors.split()),
        }  # fmt: skip


Expected = Gets | Denied


def observed(progress: Mapping[str, Any]) -> dict[str, Any]:
    """One desk's entry of an event's status, in a form to compare."""
    delivered = progress["state"] == "delivered"
    return {
        "state": progress["state"],
        "grant": progress.get("clause", ""),
        "released": sorted(progress.get("released", ())),
        "left_out": _reasons(progress.get("not_published", ())),
        "withheld": _reasons(progress.get("withheld", ())),
        "reasons": tuple(progress.get("reasons", ())),
        # Doors for what a delivered desk did not get are shown, not held against anything.
        "doors": () if delivered else tuple(door["clause"] for door in progress.get("doors", ())),
    }


def _reasons(entries: Iterable[Mapping[str, Any]]) -> Reasons:
    return {entry["scope"]: tuple(entry["reasons"]) for entry in entries}


@dataclass(slots=True)
class Difference:
    """What changed among all open duties since the last look, by duty id."""

    opened: dict[str, dict[str, Any]] = field(default_factory=dict)
    closed: dict[str, dict[str, Any]] = field(default_factory=dict)
    moved: dict[str, dict[str, Any]] = field(default_factory=dict)
    overdue: dict[str, dict[str, Any]] = field(default_factory=dict)


def difference(
    before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]]
) -> Difference:
    """What changed between two looks."""
    both = before.keys() & after.keys()
    return Difference(
        opened={one: after[one] for one in after if one not in before},
        closed={one: before[one] for one in before if one not in after},
        moved={one: after[one] for one in both if before[one]["due"] != after[one]["due"]},
        overdue={
            duty: after[duty]
            for duty in after
            if after[duty]["overdue"] and not before.get(duty, {}).get("overdue")
        },
    )


def named(duty: Mapping[str, Any]) -> str:
    """`crip>edu-s ACK:received`: who owes whom what."""
    return f"{duty['debtor']}>{duty['creditor']} {duty['act']}"


@dataclass(frozen=True, slots=True)
class Span:
    """The instants between which something was decided, with their Paris wall times."""

    first: datetime
    last: datetime

    def holds(self, delay: str, due: datetime) -> bool:
        """Whether a due wall time is `delay` after an instant of the span.

        Args:
            delay: `15min`, `2h`, `1wd`, `8d`, `3mo`, `0d` (end of that day), or a date: its end.
        """
        return _due(delay, self.first) <= due <= _due(delay, self.last)


def _due(delay: str, start: datetime) -> datetime:
    match = _DELAY.match(delay)
    if match is None:
        return _end(date.fromisoformat(delay))
    count, unit = int(match[1]), match[2]
    if unit == "min":
        return start + timedelta(minutes=count)
    if unit == "h":
        return start + timedelta(hours=count)
    day = start.date()
    if unit == "d":
        return _end(day + timedelta(days=count))
    if unit == "mo":
        return _end(months_later(day, count))
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < _SATURDAY and day not in HOLIDAYS
    return _end(day)


def months_later(day: date, months: int) -> date:
    """Date to date; the last day of a month that is too short."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first + timedelta(days=31)).replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def _end(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59))
