"""What an auditor says: of a fault a finding with its place, of each record a judgement, counts.

A judgement is of the record as it was met: it follows from its input, it does not, or nobody can
tell. What is wrong with a log as a whole (its end, an id in two partitions) is a finding alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson

from contracts.encoding import b64u, json_object, leaf_hash, sha256, unb64u
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.log.chain import KINDS, MALFORMED

# (issuer, event type, recipient, grant, scope) -> how often; desks by urn.
Shared = Counter[tuple[str, str, str, str, str]]
EVENT_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """Something that the log should not hold, or should and does not.

    Attributes:
        partition, index: of the record in the log; -1: of none.
        code: what, snake case.
        detail: got and expected, without personal data.
        alarm: False for what is listed but breaks nothing (a missing `prev`).
        event: id of the event that it is about; empty if it is about none, or nobody can tell.
        topic, offset: where it lies: the event in its outbox, the evidence, else the record itself;
            offset -1: of what is not there.
        at: instant of the record, seconds; by the broker's stamp if it has none to be trusted.
        member, recorded, follows: where a record or its evidence differs from what follows from its
            input, first: as `first_difference` has them; empty of other findings.
        source: the input that it follows from, `topic/partition/offset`; empty: none, or not known.
    """

    partition: int
    index: int
    code: str
    detail: str = ""
    alarm: bool = True
    event: str = ""
    topic: str = ""
    offset: int = -1
    at: int = 0
    member: str = ""
    recorded: str = ""
    follows: str = ""
    source: str = ""


@dataclass(slots=True)
class Tally:
    """Counts for the verdict.

    Attributes:
        records: decided again, and the same.
        unaudited: read and not decided again: of nobody, or after something that has no state.
        erased: not decided again, for an owners' order erased what they were decided on.
        from_evidence: of `records`, what was out of reach without keys and taken from evidence: why
            an input was put aside, bytes that were gone or altered, what there was to erase.
    """

    records: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    released: int = 0
    withheld: int = 0
    refused: int = 0
    not_published: int = 0
    unaudited: int = 0
    erased: int = 0
    from_evidence: dict[str, int] = field(default_factory=dict)


def claim_of(evidence: Mapping[str, Any], name: str) -> str:
    """A text in the cover that evidence holds; empty if it holds none."""
    try:
        claim = orjson.loads(unb64u(evidence["cover"].split(".")[1]))[name]
    except (RelaisError, *MALFORMED):
        return ""
    return claim if isinstance(claim, str) else ""


def event_of(evidence: Mapping[str, Any]) -> str:
    """Id of the event whose cover evidence holds; empty if it holds none of the form."""
    jti = claim_of(evidence, "jti")
    return jti if EVENT_ID.fullmatch(jti) else ""


IN_DOUBT: Final = "in_doubt"  # decided by the word of a key that may have been stolen by then
Judged = Literal["same", "differs", "erased", "undecidable"]
# What stands behind evidence that is needed and is missing or another.
STATE_LOST: Final = "state_lost"
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


def instant_of(record: Mapping[str, Any], read: Inbound) -> int:
    """A record's own instant, as far as a calendar has it; else the broker's."""
    at, stamp = record.get("at"), max(0, min(read.timestamp_ms // 1000, _LATEST - 1))
    return at if type(at) is int and 0 <= at < _LATEST else stamp


def decision_row(read: Inbound, evidence: bytes | None, judgement: Judgement) -> dict[str, Any]:
    """A record with its judgement: codes and numbers alone, nothing of a case.

    `answer`, `clauses` and `reasons` are what is recorded, told only of evidence that the record
    has the hash of: right or wrong the judgement says. Where the record has no instant of its own
    the broker's is told.
    """
    record, beside = json_object(read.value), json_object(evidence)
    index, kind = record.get("index"), record.get("kind")
    is_beside = evidence is not None and b64u(sha256(evidence)) == record.get("evd")
    row = {
        "leaf": leaf_hash(read.value or b""),
        "index": index if type(index) is int and 0 <= index < _LATEST else -1,
        "at": instant_of(record, read),
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
