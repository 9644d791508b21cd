"""Rulings: orders that release or discard what is in quarantine, and their one exact form.

A ruling names decisions by partition and leaf. It is answered in each of those partitions: what is
in quarantine is released or discarded, once; what is not is said to be none. Whoever may order so
is said by the owners' table, as for every other kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.encoding import unb64u
from contracts.errors import LogError

RULINGS: Final = ("release", "discard")
MAX_DECISIONS: Final = 16  # that one order names
DIGEST_LENGTH: Final = 43
# Why, from a closed list: an order is kept for ever, and a free word could name somebody.
REASONS: Final = (
    "unspecified", "fault_mended", "directory_renewed", "convention_renewed", "asked_by_issuer",
    "sent_again", "malformed", "hostile", "test",
)  # fmt: skip
# Why a release had nothing left to route.
DROPPED: Final = ("bytes_gone", "bytes_altered", "already_decided")

_CLAIMS: Final = {"realm", "n", "kind", "from", "decisions", "reason"}
Named = tuple[tuple[int, str], ...]  # partition and leaf of each decision


def named(payload: Mapping[str, Any], partitions: int) -> Named:
    """The decisions that an order rules on; none, if it is of another kind.

    Args:
        partitions: of the realm.

    Raises:
        LogError: `order_malformed`.
        EnvelopeError: a leaf is no canonical base64url.
    """
    if payload["kind"] not in RULINGS:
        return ()
    rows, reason = payload.get("decisions"), payload.get("reason")
    sound = (
        set(payload) - {"prev"} == _CLAIMS
        and isinstance(reason, str)
        and reason in REASONS
        and isinstance(rows, list)
        and 1 <= len(rows) <= MAX_DECISIONS
    )
    decisions = tuple(_decision(row, partitions) for row in rows or ()) if sound else ()
    if not decisions or len(set(decisions)) != len(decisions):
        expected = f"1 to {MAX_DECISIONS} decisions, each once, and a reason"
        raise LogError("order_malformed", "another form", expected)
    return decisions


def ruling(decisions: Named, reason: str = REASONS[0]) -> dict[str, Any]:
    """The content of a ruling, as `make_order` takes it."""
    rows = [{"partition": number, "decision": leaf} for number, leaf in decisions]
    return {"decisions": rows, "reason": reason}


def _decision(row: Any, partitions: int) -> tuple[int, str]:
    if not isinstance(row, dict) or set(row) != {"partition", "decision"}:
        raise LogError("order_malformed", "another row", "partition and decision")
    number, leaf = row["partition"], row["decision"]
    if type(number) is not int or not 0 <= number < partitions:
        raise LogError("order_malformed", "another partition", f"0 to {partitions - 1}")
    if not isinstance(leaf, str) or len(leaf) != DIGEST_LENGTH:
        raise LogError("order_malformed", "no leaf", f"{DIGEST_LENGTH} characters of base64url")
    unb64u(leaf, "decision")
    return number, leaf
