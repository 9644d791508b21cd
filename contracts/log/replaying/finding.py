"""What an auditor says: a finding with its place, and the counts of a verdict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from contracts.encoding import unb64u
from contracts.errors import RelaisError
from contracts.log.chain import MALFORMED

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
            input, first: as `Divergence` has them; empty of other findings.
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


def count_shared(shared: Shared, effects: Iterable[Mapping[str, Any]]) -> None:
    """Count what a decision lets go: each delivery under the empty scope, and each scope of it."""
    for effect in effects:
        if effect["k"] != "event":
            continue
        for desk, delivered in effect["desks"].items():
            for scope in ("", *delivered["scopes"]):
                shared[effect["iss"], effect["etype"], desk, delivered["grant"], scope] += 1


def event_of(evidence: Mapping[str, Any]) -> str:
    """Id of the event whose cover evidence holds; empty if it holds none of the form."""
    try:
        jti = orjson.loads(unb64u(evidence["cover"].split(".")[1]))["jti"]
    except (RelaisError, *MALFORMED):
        return ""
    return jti if isinstance(jti, str) and EVENT_ID.fullmatch(jti) else ""
