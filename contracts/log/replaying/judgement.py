"""What an auditor says of each record: it follows from its input, it does not, or nobody can tell.

A judgement is of the record as it was met; what is wrong with a log as a whole (its end, an id in
two partitions) is a finding and no judgement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from contracts.encoding import b64u, json_object, leaf_hash, sha256
from contracts.log.chain import KINDS, MALFORMED
from contracts.log.replaying.finding import event_of

Judged = Literal["same", "differs", "erased", "undecidable"]
STATE_LOST: Final = (
    "state_lost"  # what stands behind evidence that is needed and is missing or another
)

# Of these there is nothing to compare: what a decision was taken from is not there, or not as it
# was.
_UNDECIDABLE: Final = frozenset(
    {
        "chain_broken", "evidence_altered", "evidence_missing", "in_force_unknown",
        "record_malformed", STATE_LOST,
        "unknown_effect", "unknown_record",
    }
)  # fmt: skip
_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
_MOST: Final = 64  # clauses or reasons of one record that are told
_LATEST: Final = 1 << 37  # seconds: year 6325, which a calendar still has


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of one record.

    Attributes:
        judged: `same`: decided again, the same bytes; `differs`; `erased`; `undecidable`.
        code: of the fault; empty if there is none.
        order: number of the owners' order that erased what it was decided on; 0: none.
    """

    judged: Judged
    code: str = ""
    order: int = 0


SAME: Final = Judgement("same")


def faulty(code: str) -> Judgement:
    """Of a record that has a fault."""
    return Judgement("undecidable" if code in _UNDECIDABLE else "differs", code)


LOST: Final = faulty(STATE_LOST)


def decision_row(
    value: bytes, evidence: bytes | None, stamp: int, judgement: Judgement
) -> dict[str, Any]:
    """A record with its judgement: codes and numbers alone, nothing of a case.

    `answer`, `clauses` and `reasons` are what is recorded, told only of evidence that the record
    has
    the hash of: right or wrong the judgement says.

    Args:
        stamp: the broker's, seconds; told where the record has no instant of its own.
    """
    record, beside = json_object(value), json_object(evidence)
    index, at, kind = record.get("index"), record.get("at"), record.get("kind")
    is_beside = evidence is not None and b64u(sha256(evidence)) == record.get("evd")
    row = {
        "leaf": leaf_hash(value),
        "index": index if type(index) is int and 0 <= index < _LATEST else -1,
        "at": at if type(at) is int and 0 <= at < _LATEST else max(0, min(stamp, _LATEST - 1)),
        "kind": kind if isinstance(kind, str) and kind in KINDS else "",
        "event": event_of(beside),
        "judgement": judgement.judged,
        "code": judgement.code,
        "order": judgement.order,
    }
    return {**row, **_recorded(beside if is_beside else {})}


def _recorded(evidence: dict[str, Any]) -> dict[str, Any]:
    """What evidence says was answered, by which clauses, and why not."""
    try:
        decision = evidence.get("decision", {})
        addressees = decision.get("addressees", ())
        clauses = [each["clause"] for each in addressees if "clause" in each]
        reasons = [
            *decision.get("reasons", ()),
            *(code for one in addressees for code in _why(one)),
        ]
        reasons += [evidence["code"]] if "code" in evidence else []
        answer = _answer(decision, addressees) if decision else ""
    except MALFORMED:
        return {"answer": "", "clauses": [], "reasons": []}
    return {"answer": answer, "clauses": _codes(clauses), "reasons": _codes(reasons)}


def _answer(decision: dict[str, Any], addressees: Any) -> str:
    """`refused`, `released`, `partly` (something was held back, or from somebody) or `withheld`."""
    if decision.get("refused"):
        return "refused"
    released = [one["verdict"] == "release" for one in addressees]
    if not any(released):
        return "withheld"
    return "released" if all(released) and not any(map(_why, addressees)) else "partly"


def _why(addressee: dict[str, Any]) -> list[Any]:
    """Reasons for which an addressee did not get what was sent."""
    withheld = [code for each in addressee.get("withheld", ()) for code in each["reasons"]]
    return [*addressee.get("reasons", ()), *withheld]


def _codes(values: list[Any]) -> list[str]:
    """Each once, sorted; whatever is no code is left out: a liar may have written it."""
    codes = {one for one in values if isinstance(one, str) and _CODE.fullmatch(one)}
    return sorted(codes)[:_MOST]
