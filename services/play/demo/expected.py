"""What a story expects, and how it is held against what was observed.

Expectations are written by hand and in the words of rules §12. The due instants that they name are
counted by the convention's calendar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from contracts.convention.calendar import Calendar

_DELAY: Final = re.compile(r"(\d+)(min|h|wd|d|mo)\Z")
_FROM_DAY: Final = re.compile(r"day(\d+)(?:\+(\d+)mo)?")  # `day30`, `day2+3mo`
_SECONDS: Final = {"min": 60, "h": 3600}

Reasons = dict[str, tuple[str, ...]]  # scope -> coded reasons


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an event at one desk.

    Attributes:
        state: `delivered`, `withheld` from this desk alone, or `refused` to all.
        grant: id of the grant that releases it (`R08`, `R11.2`); empty for an ACK.
        released: scopes that are delivered, sorted.
        left_out: what the issuer had and its intake did not publish, with reasons.
        withheld: what was published and the router held back, with reasons.
        doors: ids of the clauses that would have let it through, in order.
    """

    state: str
    grant: str = ""
    released: list[str] = field(default_factory=list)
    left_out: Reasons = field(default_factory=dict)
    withheld: Reasons = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    doors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a step expects.

    Attributes:
        gets: addressee -> what becomes of the event there.
        opens, moves: duty -> delay of its due instant.
        closes: duties that it discharges.
        overdue: duties that fall overdue meanwhile.
    """

    gets: Mapping[str, Outcome]
    opens: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    closes: Iterable[str] = ()
    overdue: Iterable[str] = ()


def expected_outcome(text: str) -> Outcome:
    """An outcome as a story writes it.

    `R08 FACTS IDENTITY, left out RISK`, or `refused no_clause, left out RISK, doors R02 R08`.
    """
    first, *more = listed(text) or [""]
    head, *words = first.split() or [""]
    parts = dict.fromkeys(("left out", "held back", "by", "doors"), "")
    for part in more:
        name = next(name for name in parts if part.startswith(f"{name} "))
        parts[name] = part.removeprefix(f"{name} ")
    refused = head in ("refused", "withheld")
    return Outcome(
        state=head if refused else "delivered",
        grant=parts["by"] if refused else head,
        released=[] if refused else sorted(words),
        left_out=_with_reasons(parts["left out"], "no_clause" if refused else "not_permitted"),
        withheld=_with_reasons(parts["held back"], "not_permitted"),
        reasons=tuple(words) if refused else (),
        doors=tuple(parts["doors"].split()),
    )


def _with_reasons(text: str, usual: str) -> Reasons:
    """`HEALTH FACTS.third_party:not_permitted+hard_denial` as a mapping."""
    scopes = (word.partition(":") for word in text.split())
    return {scope: tuple((why or usual).split("+")) for scope, _, why in scopes}


def listed(text: str) -> list[str]:
    """What commas separate."""
    return text.split(", ") if text else []


def delays(text: str, actor: str, day: Callable[[int], date], calendar: Calendar) -> dict[str, str]:
    """`crip ACK:received 1wd, parq-civ>je R23 day5+3mo` as duty -> delay.

    Args:
        actor: whom a duty without a creditor is owed to.
        day: the date of a day of the story.
    """
    found = {}
    for part in listed(text):
        *debtors, act, delay = part.split()
        if (match := _FROM_DAY.fullmatch(delay)) is not None:
            delay = calendar.add_months(day(int(match[1])), int(match[2] or 0)).isoformat()
        for debtor in debtors:
            found[f"{debtor if '>' in debtor else f'{debtor}>{actor}'} {act}"] = delay
    return found


def observed(progress: Mapping[str, Any]) -> Outcome:
    """One desk's entry of an event's status, in a form to compare."""
    delivered = progress["state"] == "delivered"
    return Outcome(
        state=progress["state"],
        grant=progress.get("clause", ""),
        released=sorted(progress.get("released", ())),
        left_out=_reasons(progress.get("not_published", ())),
        withheld=_reasons(progress.get("withheld", ())),
        reasons=tuple(progress.get("reasons", ())),
        # Doors for what a delivered desk did not get are shown, not held against anything.
        doors=() if delivered else tuple(door["clause"] for door in progress.get("doors", ())),
    )


def _reasons(entries: Iterable[Mapping[str, Any]]) -> Reasons:
    return {entry["scope"]: tuple(entry["reasons"]) for entry in entries}


def due_after(delay: str, at: int, calendar: Calendar) -> int:
    """The instant by which something is due.

    Args:
        delay: after `at`, seconds: `15min`, `2h`, `1wd`, `8d`, `3mo`, `0d` (end of that day); or a
            date: its end.
    """
    match = _DELAY.match(delay)
    if match is None:
        return calendar.end_of_day(date.fromisoformat(delay))
    count, unit, day = int(match[1]), match[2], calendar.date_of(at)
    if unit in _SECONDS:
        return at + count * _SECONDS[unit]
    if unit == "wd":
        return calendar.end_of_working_day(at, count)
    later = calendar.add_months(day, count) if unit == "mo" else day + timedelta(days=count)
    return calendar.end_of_day(later)
