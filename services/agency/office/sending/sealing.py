"""From what was judged to Kafka records: seal, sign, chain, and place in a partition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field

from contracts.encoding import event_id, partition_of
from contracts.envelope.issue import Issued, Recipient, issue
from contracts.envelope.wire import Outbound
from contracts.vocabulary import topics
from contracts.vocabulary.schema import LeftOut, desk_urn
from services.agency.office.sending import unsent
from services.agency.office.sending.answer import AddresseeLine, Outgoing, Prepared
from services.agency.office.sending.identity import Agency
from services.agency.office.sending.outbox import idempotency_header

Random = Callable[[int], bytes]
Keyed = Mapping[str, tuple[str, str]]  # realm -> (HMAC of idempotency key, HMAC of body)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An event and the record that publishes it."""

    issued: Issued = field(repr=False)
    record: Outbound = field(repr=False)
    idem: tuple[str, str] | None


def keyed(agency: Agency, desk: str, key: str, body: bytes) -> dict[str, tuple[str, str]]:
    """The HMACs of an idempotency key and of a request's body, for each realm apart."""
    return {
        realm: (
            agency.idempotency(realm, desk, "key", key.encode()),
            agency.idempotency(realm, desk, "body", body),
        )
        for realm in agency.realms
    }


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

    Raises:
        DirectoryError, EnvelopeError: as `contracts.envelope.issue.issue`.
    """
    sealed = []
    for place, event in enumerate(prepared.events):
        jti = event_id(at_ms + place, random(10))
        left = prepared.unsent(place)
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
        headers += unsent.header(agency.secret, jti, left, random(unsent.NONCE))
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
