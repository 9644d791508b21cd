"""What a service answers in codes, said to people: duties, reasons, scopes.

Codes stay as they are with `--format json`. A code without words is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from services.committee.texts import labels
from services.texts import day, series

_STAGES: Final = {
    "received": "received",
    "accepted": "accepted",
    "declined": "declined",
    "started": "started",
    "decided": "decided",
    "withdrawn": "withdrawal confirmed",
    "unreadable": "unreadable",
}
INTERNAL: Final = "internal"  # reason of what no mapping sends anywhere
_INTERNAL: Final = "the agency's own business, never sent"
_REMARKS: Final = {
    "no_facts": "an alert without any fact can hardly be assessed",
    "stage_not_expected": "the stage {got} is not the one that is waited for ({expected})",
}
STATES: Final = {
    "open": "to do",
    "overdue": "overdue",
    "closed": "closed",
    "in_time": "done",
    "late": "done late",
}


def plain(value: object) -> str:
    """A value of a body: a day as it is written, anything else as it is."""
    text = str(value)
    try:
        return day(date.fromisoformat(text), "en") if len(text) == len("2026-10-03") else text
    except ValueError:
        return text


def act(code: str) -> str:
    """What is owed."""
    return labels.act_text(code, "en")


def stage(code: str) -> str:
    """How far a desk says that it is."""
    return _STAGES.get(code, code)


def reasons(codes: Iterable[str]) -> str:
    """Why something was not sent or not delivered."""
    words = (_INTERNAL if code == INTERNAL else labels.reason_text(code, "en") for code in codes)
    return series(words, "en")


def remark(one: Mapping[str, Any]) -> str:
    """What was missing for a desk, or looks like a slip of the pen."""
    cause = one["cause"]
    if cause in _REMARKS:
        said = _REMARKS[cause].format(got=one["got"], expected=one["expected"])
    else:
        said = labels.reason_text(cause, "en")
    if one.get("place") and "desk" in one:
        said = f"{said} (field `{one['place']}`)"
    if "desk" not in one:
        return said
    return f"{one['desk']}: {said}"


def scopes(codes: Iterable[str]) -> str:
    """Categories of data."""
    return series([labels.scope_label(code, "en") for code in codes], "en")


def state(duty: Mapping[str, Any]) -> str:
    """Whether a duty waits, is late or is done."""
    if duty["state"] == "open":
        return STATES["overdue" if duty.get("overdue") else "open"]
    in_time = duty.get("in_time")
    return STATES["closed" if in_time is None else "in_time" if in_time else "late"]


def left(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Scopes that were not sent or not delivered, those of one reason together, and that reason."""
    by: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        by.setdefault(tuple(row["reasons"]), []).append(row["scope"])
    for why, held in by.items():
        yield scopes(held), reasons(why)


def instead(rows: Iterable[Mapping[str, Any]], how: str = "possible instead") -> Iterator[str]:
    """What may be sent instead, a line each."""
    for one in rows:
        event, role = labels.event_label(one["event"], "en"), labels.role_label(one["role"], "en")
        yield f"      {how}: {event} → {role}, {one['clause']}"
