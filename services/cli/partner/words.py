"""What a service answers in codes, said to people: duties, reasons, scopes.

Codes stay as they are with `--format json`. A code without words is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from services.committee.texts import labels
from services.texts import series

INTERNAL: Final = "internal"  # reason of what no mapping sends anywhere
_INTERNAL: Final = "the agency's own business, never sent"
_NO_FACTS: Final = "an alert without any fact can hardly be assessed"


def act(code: str) -> str:
    """What is owed."""
    return labels.act_text(code, "en")


def reasons(codes: Iterable[str]) -> str:
    """Why something was not sent or not delivered."""
    words = (_INTERNAL if code == INTERNAL else labels.reason_text(code, "en") for code in codes)
    return series(words, "en")


def remark(one: Mapping[str, Any]) -> str:
    """What was missing for a desk, or looks like a slip of the pen."""
    cause = one["cause"]
    said = _NO_FACTS if cause == "no_facts" else labels.reason_text(cause, "en")
    where = f" (field `{one['place']}`)" if one.get("place") else ""
    return f"{one['desk']}: {said}{where}"


def scopes(codes: Iterable[str]) -> str:
    """Categories of data."""
    return series([labels.scope_label(code, "en") for code in codes], "en")


def instead(rows: Iterable[Mapping[str, Any]], how: str = "possible instead") -> Iterator[str]:
    """What may be sent instead, a line each."""
    for one in rows:
        event, role = labels.event_label(one["event"], "en"), labels.role_label(one["role"], "en")
        yield f"      {how}: {event} → {role}, {one['clause']}"
