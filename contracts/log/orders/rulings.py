"""Orders about decisions, and their one exact form: rulings on quarantine, and erasures.

They name decisions by partition and leaf, and are answered in each of those partitions. By a ruling
what is in quarantine is released or discarded, once; by an erasure evidence becomes a stub
(`erasing`). Whoever may order so is said by the owners' table, as for every other kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.encoding import unb64u
from contracts.errors import LogError

MAX_DECISIONS: Final = 16  # that one order names
MAX_ERASED: Final = 1_000  # decisions that one erasure names: a case is erased by one order
DIGEST_LENGTH: Final = 43
# Why, from a closed list: an order is kept for ever, and a free word could name somebody.
REASONS: Final = (
    "unspecified", "fault_mended", "directory_renewed", "convention_renewed", "asked_by_issuer",
    "sent_again", "malformed", "hostile", "test",
)  # fmt: skip
# Why a release had nothing left to route.
DROPPED: Final = ("bytes_gone", "bytes_altered", "already_decided")

# Why an erasure is ordered: the basis stands in the log for ever.
BASES: Final = (
    "term_ended", "asked_by_person", "ordered_by_court", "unlawful", "mistaken_identity", "test",
)  # fmt: skip

_COMMON: Final = {"realm", "n", "kind", "from", "decisions"}
_SAYS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "release": {"reason": REASONS},
    "discard": {"reason": REASONS},
    "erase": {"basis": BASES},
}  # fmt: skip
Named = tuple[tuple[int, str], ...]  # partition and leaf of each decision


def named(payload: Mapping[str, Any], partitions: int) -> Named:
    """The decisions that an order is about; none, if it is of another kind.

    Args:
        partitions: of the realm.

    Raises:
        LogError: `order_malformed`.
        EnvelopeError: a leaf is no canonical base64url.
    """
    says = _SAYS.get(payload["kind"])
    if says is None:
        return ()
    rows = payload.get("decisions")
    most = MAX_ERASED if payload["kind"] == "erase" else MAX_DECISIONS
    sound = (
        set(payload) - {"prev"} == _COMMON | set(says)
        and all(payload[name] in codes for name, codes in says.items())
        and isinstance(rows, list)
        and 1 <= len(rows) <= most
    )
    decisions = tuple(_decision(row, partitions) for row in rows or ()) if sound else ()
    if not decisions or len(set(decisions)) != len(decisions):
        expected = f"1 to {most} decisions, each once, and {' and '.join(says)}"
        raise LogError("order_malformed", "another form", expected)
    return decisions


def ruling(decisions: Named, reason: str = REASONS[0]) -> dict[str, Any]:
    """The content of a ruling, as `make_order` takes it."""
    return {"decisions": _rows(decisions), "reason": reason}


def erasure(decisions: Named, basis: str) -> dict[str, Any]:
    """The content of an erasure, as `make_order` takes it.

    Args:
        decisions: all that name the case.
        basis: one of `BASES`.
    """
    return {"decisions": _rows(decisions), "basis": basis}


def _rows(decisions: Named) -> list[dict[str, Any]]:
    return [{"partition": number, "decision": leaf} for number, leaf in decisions]


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
