"""One entry of the log: its record, its evidence, and what goes out with it.

The record is chained and kept for ever and says nothing of a child; the evidence beside it can be
erased. Receipts and notices are hashed into the record without `dec`; the router then adds `dec`,
the record's leaf, and signs, so that every receipt commits to the whole log before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from contracts.decision.state.effects import Effect, evolve, note_kept
from contracts.decision.state.view import View
from contracts.encoding import b64u, canonical, derive, event_id, json_object, leaf_hash, sha256
from contracts.errors import LogError
from contracts.proof.tiles import MAX_ENTRY_BYTES
from contracts.values import value_class
from contracts.vocabulary.schema import router_urn

RECEIPT: Final = "referral-receipt+jwt"
NOTICE: Final = "referral-notice+jwt"


class EntryTooLargeError(LogError):
    """A record would be longer than an entry of the tree can be: some 1,400 messages."""


@dataclass(frozen=True, slots=True)
class Site:
    """Which log an entry belongs to."""

    realm: str
    partition: int

    @property
    def router(self) -> str:
        """Urn of the realm's router."""
        return router_urn(self.realm)


@value_class(frozen=True, slots=True)
class InputSource:
    """Where an input was read: topic, offset, and SHA-256 of its raw value."""

    topic: str
    offset: int
    sha: str

    def json(self) -> dict[str, Any]:
        """As the record holds it."""
        return {"topic": self.topic, "offset": self.offset, "sha": self.sha}


@value_class(frozen=True, slots=True)
class Message:
    """A receipt or a notice before `dec` and signature.

    Attributes:
        desk: urn of the addressee.
        agency: in whose inbox it is told.
        text: the payload in canonical JSON, as the record hashes it.
        slip, parts: of a delivery: D(slip) and the sorted P of the parts forwarded.
    """

    desk: str
    agency: str
    typ: Literal["referral-receipt+jwt", "referral-notice+jwt"]
    payload: dict[str, Any]
    text: bytes = field(repr=False)
    slip: str = ""
    parts: tuple[str, ...] = ()

    def with_decision(self, leaf: str) -> bytes:
        """The text that is signed: with `dec`, which in the order of names stands before `dird`.

        All have a `dird`, none a member between the two, and within a string its quotes are
        escaped.
        """
        before, after = self.text.split(b'"dird":', 1)
        return b'%b"dec":"%b","dird":%b' % (before, leaf.encode(), after)


@value_class(frozen=True, slots=True)
class Entry:
    """A settled entry, ready to be written."""

    kind: str
    record: bytes
    leaf: str
    evidence: bytes
    messages: tuple[Message, ...] = ()
    effects: tuple[Effect, ...] = field(default=(), repr=False)

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why an event was refused as a whole, by codes, as its issuer is told; or none."""
        return tuple(
            code
            for message in self.messages
            if message.payload.get("kind") == "decided" and message.payload.get("refused")
            for code in message.payload["reasons"]
        )


@dataclass
class Post:
    """Collects the receipts and notices of one entry: sequence numbers, nonces, order.

    Attributes:
        inboxes: the desks that can be told, each with its agency; to others nothing is written or
            numbered.
        arrived: of an event that was released from quarantine: instant of its first arrival.
    """

    site: Site
    view: View
    inboxes: Mapping[str, str]
    at: int
    salt: bytes = field(repr=False)
    arrived: int | None = None
    messages: list[Message] = field(default_factory=list)
    seqs: dict[str, int] = field(default_factory=dict)

    def receipt(self, desk: str, slip: str, parts: Sequence[str], **claims: Any) -> None:
        """One a delivery: what was delivered.

        Args:
            claims: the others of `Receipt`: by which clauses, what the recipient owes.
        """
        if (agency := self.inboxes.get(desk)) is None:
            return
        payload = {**self._common(desk), "slip": slip, "parts": list(parts), **claims}
        if self.arrived is not None:  # its recipient judges by it whether the slip had expired
            payload["arrived"] = self.arrived
        self.messages.append(
            Message(desk, agency, RECEIPT, payload, canonical(payload), slip, tuple(parts))
        )

    def notice(self, desk: str, kind: str, sub: str, event: dict[str, str], **claims: Any) -> None:
        """A notice to one desk about an event of a case; absent claims are left out."""
        if (agency := self.inboxes.get(desk)) is None:
            return
        ordinal = len(self.messages)
        random = derive(self.salt, "notice-id", desk, str(ordinal), length=10)
        payload = {
            **self._common(desk),
            "jti": event_id(self.at * 1000, random), "sub": sub, "event": event, "kind": kind,
        }  # fmt: skip
        payload |= {name: value for name, value in claims.items() if value is not None}
        self.messages.append(Message(desk, agency, NOTICE, payload, canonical(payload)))

    def _common(self, desk: str) -> dict[str, Any]:
        number = self.seqs[desk] = self.seqs.get(desk, self.view.seq.get(desk) or 0) + 1
        nonce = derive(self.salt, "nonce", desk, str(len(self.messages)), length=16)
        site, tail = self.site, self.view.tail
        return {
            "iss": site.router, "iat": self.at, "partition": site.partition, "convd": tail.convd,
            "dird": tail.dird, "aud": desk, "seq": number, "nonce": b64u(nonce),
        }  # fmt: skip


def write(
    post: Post,
    kind: str,
    evidence: dict[str, Any],
    effects: list[Effect],
    src: InputSource | None = None,
    cover: str = "",
) -> Entry:
    """Chain an entry to the log and fold its effects into the view.

    Args:
        post: its log, instant, salt and messages; the instant is at least the last record's.
        evidence: what the entry is about; the salt and the effects are added here.
        cover: D(cover), if the entry is about a verified cover.

    Raises:
        EntryTooLargeError: `entry_too_large`; the view is as it was.
    """
    view, messages = post.view, tuple(post.messages)
    if post.seqs:
        effects.append({"k": "seq", "desks": dict(sorted(post.seqs.items()))})
    evidence = {**evidence, "salt": b64u(post.salt), "effects": effects}
    evidence_bytes = canonical(evidence)
    record: dict[str, Any] = {
        "realm": post.site.realm, "partition": post.site.partition, "index": view.tail.index,
        "prev": view.tail.leaf, "at": post.at, "kind": kind, "evd": b64u(sha256(evidence_bytes)),
        "outs": [b64u(sha256(message.text)) for message in messages],
    }  # fmt: skip
    convd, dird = view.tail.convd, view.tail.dird
    for effect in effects:  # an adoption is recorded under what it adopts
        convd, dird = effect.get("convd", convd), effect.get("dird", dird)
    named = (("convd", convd), ("dird", dird), ("cover", cover))
    record |= {name: value for name, value in named if value}
    if src is not None:
        record["src"] = src.json()
    record_bytes = canonical(record)
    if len(record_bytes) > MAX_ENTRY_BYTES:  # before anything changes
        size = f"{len(record_bytes)} bytes"
        raise EntryTooLargeError("entry_too_large", size, f"at most {MAX_ENTRY_BYTES}")
    leaf = leaf_hash(record_bytes)
    fold_record(view, record, evidence, leaf)
    return Entry(kind, record_bytes, leaf, evidence_bytes, messages, tuple(effects))


def fold_record(
    view: View, record: Mapping[str, Any], evidence: Mapping[str, Any], leaf: str
) -> None:
    """Make what evidence says, or its stub, part of a view, and the record its last one.

    Raises:
        LogError: `unknown_effect`, `effect_misplaced`.
    """
    note_kept(view, record, evidence, leaf)
    evolve(view, evidence["effects"], leaf)
    view.tail.index, view.tail.leaf, view.tail.at = record["index"] + 1, leaf, record["at"]


def out_of(claims: Mapping[str, Any]) -> str:
    """What its record has in `outs` of a message: the digest of its claims without `dec` (log §2).

    The leaf that a receipt names says which record it belongs to; that the record speaks of this
    receipt, and not of another event, `outs` says.
    """
    return b64u(sha256(canonical({name: said for name, said in claims.items() if name != "dec"})))


def outs_of(record: bytes) -> list[Any]:
    """What a record says that it sent; nothing, of what is no record."""
    outs = json_object(record).get("outs")
    return outs if isinstance(outs, list) else []
