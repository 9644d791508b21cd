"""From what was judged to Kafka records: seal, sign, chain, and place in a partition."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import TypeAdapter

from contracts.encoding import b64u, canonical, derive, event_id, partition_of, unb64u
from contracts.envelope.issue import Issued, Recipient, issue
from contracts.envelope.limits import PAD_TO
from contracts.envelope.wire import Outbound
from contracts.errors import EnvelopeError
from contracts.vocabulary import topics
from contracts.vocabulary.schema import LeftOut, desk_urn
from contracts.vocabulary.scopes import BUS_EVENTS
from services.agency.office.responses.sending import DeskStatus
from services.agency.office.sending.answer import AddresseeLine, Outgoing, Prepared
from services.agency.office.sending.identity import Agency
from services.agency.office.sending.outbox import idempotency_header

UNSENT: Final = "unsent"  # name of the Kafka header
OWN: Final = "own"  # of that with the desk's own file number
MOST: Final = 5 * PAD_TO  # bytes to seal: in a value of 3,451; other headers have 547 of 4,096
OWN_BYTES: Final = 256  # to seal, of whichever number: 120 letters with accents
_LABELS: Final = {UNSENT: "unsent-desks", OWN: "own-number"}
NONCE: Final = 12  # bytes
_STATUSES: Final = TypeAdapter(tuple[DeskStatus, ...])

Headers = Iterable[tuple[str, bytes | None]]


def statuses(lines: Iterable[AddresseeLine]) -> tuple[DeskStatus, ...]:
    """What became of the desks that no event names, as the event's status shows them."""
    return tuple(
        DeskStatus(
            desk=one.desk,
            state="left_out",
            purpose=one.purpose,
            clause=one.clause,
            not_published=one.left_out or None,
            reasons=one.reasons or None,
            doors=one.doors or None,
            acknowledged=(),
        )
        for one in (line.verdict for line in lines)
    )


def unsent_header(
    secret: bytes, event: str, lines: Sequence[AddresseeLine], nonce: bytes
) -> list[tuple[str, bytes]]:
    """The header of an event; none if every desk has one, or if it would be too large.

    Args:
        event: id of the event: no other one's header is read as its.
    """
    desks = statuses(lines)
    for told in (desks, tuple(one.model_copy(update={"doors": None}) for one in desks)):
        text = zlib.compress(canonical([one.wire() for one in told]))  # says itself where it ends
        text += bytes(-len(text) % PAD_TO)
        if told and len(text) <= MOST:
            return [_sealed(UNSENT, secret, event, text, nonce)]
    return []


def read_unsent(secret: bytes, event: str, headers: Headers) -> tuple[DeskStatus, ...]:
    """The desks of an event's header; none if it has no such header of ours."""
    text = _opened(UNSENT, secret, event, headers)
    try:
        return _STATUSES.validate_json(zlib.decompressobj().decompress(text)) if text else ()
    except ValueError:  # of another release
        return ()


def own_header(secret: bytes, event: str, number: str, nonce: bytes) -> list[tuple[str, bytes]]:
    """The header with the desk's own file number, as long for each; none if it is longer."""
    text = number.encode().ljust(OWN_BYTES, b"\0")
    return [_sealed(OWN, secret, event, text, nonce)] if len(text) == OWN_BYTES else []


def read_own(secret: bytes, event: str, headers: Headers) -> str:
    """The file number of an event's header; empty if it has no such header of ours."""
    return _opened(OWN, secret, event, headers).rstrip(b"\0").decode(errors="ignore")


def _sealed(name: str, secret: bytes, event: str, text: bytes, nonce: bytes) -> tuple[str, bytes]:
    sealed = _cipher(name, secret).encrypt(nonce, text, event.encode())
    return name, b64u(nonce + sealed).encode()


def _opened(name: str, secret: bytes, event: str, headers: Headers) -> bytes:
    """What a header was sealed from; nothing if it is not there, or not ours."""
    value = next((value for header, value in headers if header == name), None)
    if not value:
        return b""
    try:
        data = unb64u(value.decode())
        return _cipher(name, secret).decrypt(data[:NONCE], data[NONCE:], event.encode())
    except (EnvelopeError, ValueError, InvalidTag):
        return b""


def _cipher(name: str, secret: bytes) -> AESGCM:
    return AESGCM(derive(secret, _LABELS[name]))


Random = Callable[[int], bytes]
Keyed = Mapping[str, tuple[str, str]]  # realm -> (HMAC of idempotency key, HMAC of body)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An event and the record that publishes it."""

    issued: Issued = field(repr=False)
    record: Outbound = field(repr=False)
    idem: tuple[str, str] | None


def seal(
    agency: Agency,
    prepared: Prepared,
    chain: MutableMapping[tuple[str, int], str],
    at_ms: int,
    random: Random,
    idem: Keyed | None = None,
) -> list[Sealed]:
    """Seal and sign every event of a record.

    Args:
        chain: advanced here; the caller drops it if the transaction does not commit.
        at_ms: instant of issue, milliseconds. Ids are one millisecond apart, so that the order of
            a record's events can be read from them.
    """
    sealed = []
    for place, event in enumerate(prepared.events):
        jti = event_id(at_ms + place, random(10))
        left = () if place else prepared.unsent
        sealed.append(_seal_one(agency, event, left, chain, at_ms, jti, random, idem))
    return sealed


def _seal_one(
    agency: Agency,
    event: Outgoing,
    left: tuple[AddresseeLine, ...],
    chain: MutableMapping[tuple[str, int], str],
    at_ms: int,
    jti: str,
    random: Random,
    idem: Keyed | None,
) -> Sealed:
    draft = event.draft
    realm, issuer = draft.realm, desk_urn(draft.realm, draft.issuer)
    registry = agency.registries[realm]
    directory = registry.directories[event.dird]
    partition = partition_of(agency.routing[realm], realm, event.case, registry.partitions)
    issued = issue(
        signer=agency.signers[issuer].valid(directory, at_ms // 1000)[0],
        directory=directory,
        etype=draft.etype,
        convd=event.convd,
        sub=event.case,
        to=_recipients(event),
        at_ms=at_ms,
        random=random,
        declared=draft.declared,
        linked=draft.linked,
        ends=draft.ends,
        facts=draft.facts,
        attempt=event.attempt,
        left_out=_left_out(event),
        prev=chain.get((issuer, partition)),
        jti=jti,
    )
    chain[issuer, partition] = issued.digest
    headers = issued.headers()
    own = idem[realm] if idem is not None else None
    if own is not None:
        headers.append(idempotency_header(*own))
    if left:
        headers += unsent_header(agency.secret, jti, left, random(NONCE))
    if draft.reference and draft.etype not in BUS_EVENTS:  # these name a case by anything
        headers += own_header(agency.secret, jti, draft.reference, random(NONCE))
    topic = topics.outbox(realm, agency.name)
    return Sealed(issued, Outbound(topic, partition, issued.key, issued.value(), headers), own)


def _recipients(event: Outgoing) -> list[Recipient]:
    realm = event.draft.realm
    return [
        Recipient(
            desk_urn(realm, addressee.desk),
            addressee.purpose,
            {scope: portion.body.wire() for scope, portion in addressee.portions.items()},
            event.retention.get(addressee.desk, "P30"),
            addressee.re,
        )
        for addressee in event.draft.to
    ]


def _left_out(event: Outgoing) -> list[LeftOut]:
    realm = event.draft.realm
    return [
        LeftOut(desk=desk_urn(realm, desk), scopes=scopes)
        for desk, scopes in sorted(event.left_out.items())
    ]
