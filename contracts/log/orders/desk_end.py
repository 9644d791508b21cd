"""The owners' order that a desk ends and which desk of its agency follows it (log §6.4)."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from contracts.errors import LogError
from contracts.keys.directory import Directory

DESK_END: Final = "desk_end"
DAY_S: Final = 86_400
NOTICE_DAYS: Final = 7, 180  # at least and at most: how long senders are told before
_CLAIMS: Final = {"realm", "n", "kind", "from", "desk", "successor", "until"}


def check_desks(payload: Mapping[str, Any], directory: Directory, ending: AbstractSet[str]) -> None:
    """Check the desks of an order of that form by the directory of its hour.

    Args:
        directory: in force when the order begins to hold.
        ending: urns of the desks that end by earlier orders.

    Raises:
        LogError: `desk_unknown`, `successor_unknown`, `successor_is_desk`, `successor_differs`,
            `desk_ends`, `successor_ends`.
    """
    desk, successor = payload["desk"], payload["successor"]
    rows = directory.desk(desk), directory.desk(successor)
    if rows[0] is None:
        raise LogError("desk_unknown", "none of the directory", "a desk in force at `from`")
    if rows[1] is None:
        raise LogError("successor_unknown", "none of the directory", "a desk in force at `from`")
    if desk == successor:
        raise LogError("successor_is_desk", "the desk that ends", "another desk")
    own, other = ((row.role, row.secrecy) for row in rows if row is not None)
    if own != other:  # a role acts for one agency
        raise LogError("successor_differs", other[0], f"{own[0]}, bound to secrecy alike")
    if desk in ending:
        raise LogError("desk_ends", "a second order for one desk", "one a desk, for ever")
    if successor in ending:
        raise LogError("successor_ends", "a successor that ends itself", "a desk that goes on")


def check_form(payload: Mapping[str, Any]) -> None:
    """Check an order's form.

    Raises:
        LogError: `order_malformed`, `until_wrong`.
    """
    texts = all(isinstance(payload.get(name), str) for name in ("desk", "successor"))
    if set(payload) - {"prev"} != _CLAIMS or not texts:
        raise LogError("order_malformed", "another form", "desk, successor, until")
    until = payload["until"]
    least, most = (payload["from"] + days * DAY_S for days in NOTICE_DAYS)
    if type(until) is not int or not least <= until <= most:
        expected = f"{NOTICE_DAYS[0]} to {NOTICE_DAYS[1]} days after `from`"
        raise LogError("until_wrong", "another instant", expected)
