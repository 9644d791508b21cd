"""What a tested issuer has published, as router, recipients and auditor see it.

The first thing that is wrong becomes a verdict's reason; nothing wrong is a verdict that it was taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from contracts.encoding import segments
from contracts.envelope.event import Published
from contracts.envelope.limits import MAX_SLIP, SLIP
from contracts.envelope.model import project
from contracts.envelope.part import open_part, read_part
from contracts.envelope.verify import RouterContext, verify_published
from contracts.envelope.wire import Inbound
from contracts.errors import EnvelopeError, RelaisError
from contracts.keys.jose import open_jws
from contracts.keys.keyring import MemoryKeyRing
from contracts.vocabulary.events import read_body
from contracts.vocabulary.topics import PARTITIONS
from tests.vectors.conformance.federation import REALM, SyntheticFederation
from tests.vectors.conformance.issuer.drafting import (
    REFUSED,
    Draft,
    IssuerCase,
    IssuerTask,
    routing_secret,
    task_of,
)

CLAIMS: Final = ("etype", "declared", "stage")
WITHIN_S: Final = 300  # of the instant that the draft names


@dataclass
class PublishedOutbox:
    """What was seen of one case's records.

    Attributes:
        chain: partition -> `D` of the last cover.
        drawn: whatever must be drawn anew for each part or event.
    """

    fed: SyntheticFederation
    chain: dict[int, str] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)

    def take(self, said: Mapping[str, Any], draft: Draft) -> None:
        """Look at a record and at what it is to say.

        Raises:
            RelaisError: what is wrong with it.
        """
        record = _inbound(said)
        published = verify_published(record, self._router())
        cover = published.event.cover.wire()
        asked = {"sub": draft["case"]} | {name: draft.get(name) for name in CLAIMS}
        for name, expected in asked.items():
            _demand(cover.get(name) == expected, "not_as_drafted", f"cover.{name}")
        told = [(to["desk"], to.get("purpose"), to.get("re")) for to in cover["to"]]
        wanted = [(to["desk"], to.get("purpose"), to.get("re")) for to in draft["to"]]
        _demand(told == wanted, "not_as_drafted", "cover.to")
        _demand(cover.get("prev") == self.chain.get(record.partition), "chain_broken", "cover.prev")
        self.chain[record.partition] = published.event.digest
        self._fresh(cover["jti"], "cover.jti")
        self._slips(published)
        self._parts(published, draft)

    def _router(self) -> RouterContext:
        secret = routing_secret(self.fed.seed)
        return RouterContext(
            REALM, self.fed.directory, secret, PARTITIONS, lambda one: one == self.fed.convd,
            self.fed.at + WITHIN_S,
        )  # fmt: skip

    def _slips(self, published: Published) -> None:
        """Each verifies for its reader; the router has compared them with the cover."""
        keys = self.fed.directory.signing
        for to in published.event.cover.to:
            slip = published.slips[to.desk]
            jws = open_jws(slip, SLIP, keys, at=None, place="slip", limit=MAX_SLIP)
            same = jws.claims == project(published.event.cover, to)
            _demand(same, "slip_not_projection", "slip")

    def _parts(self, published: Published, draft: Draft) -> None:
        ring = MemoryKeyRing({kid: private for kid, (_key, private) in self.fed.sealing.items()})
        bodies: dict[tuple[str, str], Any] = {}
        for token in published.parts.values():
            head, header = read_part(token, "part")
            content = open_part(token, header, ring, "part")
            same = all(content[name] == header[name] for name in ("evt", "iss", "cat"))
            _demand(same, "plaintext_differs", "part")
            read_body(draft["etype"], head.cat, content["body"])
            bodies[head.aud, head.cat] = content["body"]
            iv = segments(token, 5, "part")[2]
            for name, text in (("salt", content["salt"]), ("epk", header["x"]), ("iv", iv)):
                self._fresh(text, name)
        wanted = {
            (to["desk"], scope): body
            for to in draft["to"]
            for scope, body in to.get("bodies", {}).items()
        }
        _demand(bodies == wanted, "not_as_drafted", "parts")
        kept = {to["desk"]: to.get("retention", "") for to in draft["to"]}
        for head in published.event.heads:
            newest = self.fed.directory.sealing_key(head.aud, kept[head.aud], self.fed.at)
            _demand(head.kid == newest.kid, "not_the_newest_key", "part.kid")

    def _fresh(self, text: str, place: str) -> None:
        _demand(text not in self.drawn, "drawn_twice", place)
        self.drawn.add(text)


def fault_of(fed: SyntheticFederation, task: IssuerTask, records: list[Any]) -> str:
    """The code of the first thing that is wrong with what was published; empty if nothing is."""
    if len(records) != len(task.drafts):
        return "not_as_many"
    outbox = PublishedOutbox(fed)
    try:
        for said, draft in zip(records, task.drafts, strict=True):
            outbox.take(said, draft)
    except RelaisError as error:
        return error.code
    except (KeyError, TypeError, ValueError, AttributeError):
        return "record_malformed"
    return ""


def as_verdicts(fed: SyntheticFederation, cases: Sequence[IssuerCase], data: bytes) -> bytes:
    """The answers of a tested issuer as lines of verdicts; what is no answer stays as it is.

    Args:
        data: a line a case: `{"case", "accepted": false}`, or with `records` what was published.
    """
    known = {case.id: case for case in cases}
    lines = []
    for line in data.splitlines():
        try:
            said = orjson.loads(line)
            case, published = known[said["case"]], said["accepted"] is True
        except (orjson.JSONDecodeError, KeyError, TypeError):
            lines.append(line)
            continue
        lines.append(orjson.dumps({"case": case.id} | _verdict(fed, case, said, published)))
    return b"\n".join(lines)


def _verdict(
    fed: SyntheticFederation, case: IssuerCase, said: Mapping[str, Any], published: bool
) -> dict[str, Any]:
    if not published:
        return {"accepted": False, "reason": REFUSED}
    if case.hostile:
        return {"accepted": True}
    code = fault_of(fed, task_of(fed, case), said.get("records") or [])
    return {"accepted": False, "reason": code, "malformed": True} if code else {"accepted": True}


def _inbound(said: Mapping[str, Any]) -> Inbound:
    """A record as it was written down: text, and headers in pairs."""
    headers = tuple((str(name), str(text).encode()) for name, text in said["headers"])
    key, value = str(said["key"]).encode(), str(said["value"]).encode()
    return Inbound(str(said["topic"]), int(said["partition"]), 0, key, value, headers, 0)


def _demand(holds: bool, code: str, place: str) -> None:
    if not holds:
        raise EnvelopeError(code, "another", "what was asked for", place)
