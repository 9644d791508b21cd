"""Publish past an agency's service: what somebody could do who holds a desk's keys and Kafka rights.

Only plays use it, to show what does not get through: the seals, signatures and chains are right,
the convention is not asked.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition

from contracts.decision.draft import Draft
from contracts.envelope.wire import Outbound
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from contracts.vocabulary.scopes import ROLES
from services.agency.office.office import Office
from services.agency.office.sending.answer import Outgoing, Prepared
from services.agency.office.sending.identity import Agency
from services.agency.office.sending.sealing import seal
from services.operate.home.home import Home
from services.operate.home.partners import PARTNERS
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.keys import keystore

UNRULED: str = "P30"  # retention of what no clause speaks of


async def publish_straight(
    home: Home, bootstrap: str, desk: str, draft: Draft, at_ms: int, **client: Any
) -> list[str]:
    """Seal and sign a draft with the desk's own keys, write it to the outbox; its event ids."""
    control = Control(bootstrap, draft.realm, home.owners, **client)
    try:
        await control.start()
        office = Office(_agency(home, desk, draft.realm, control.registry))
    finally:
        await control.stop()
    await _read_outbox(office, bootstrap, draft.realm, at_ms // 1000, client)
    prepared = Prepared(desk, (_outgoing(home, office.agency, draft, at_ms // 1000),), (), ())
    sealed = seal(office.agency, prepared, office.outbox.chain, at_ms, secrets.token_bytes)
    await _write(bootstrap, [one.record for one in sealed], client)
    return [one.issued.claims.jti for one in sealed]


def _agency(home: Home, desk: str, realm: str, registry: Registry) -> Agency:
    """As much of an agency as sealing needs."""
    name, urn = ROLES[_role(desk)], desk_urn(realm, desk)
    return Agency(
        name=name,
        desks=(desk,),
        signers={urn: keystore.desk_signers(home.keys, realm, desk)},
        rings={urn: keystore.desk_ring(home.keys, realm, desk)},
        secret=keystore.agency_secret(home.keys, name),
        routing={realm: keystore.routing_secret(home.keys, realm)},
        registries={realm: registry},
        intake=_none,
        describe=_none,
    )


def _outgoing(home: Home, agency: Agency, draft: Draft, at: int) -> Outgoing:
    convd, dird = agency.registries[draft.realm].in_force(at)
    case = draft.case or agency.case_token(draft.realm, draft.issuer, draft.reference)
    keep = {}
    for addressee in draft.to:
        issuer, recipient = _role(draft.issuer), _role(addressee.desk)
        grant = home.convention.grant(
            draft.realm, issuer, draft.etype, addressee.purpose or "", recipient
        )
        keep[addressee.desk] = grant.keep if grant is not None else UNRULED
    return Outgoing(draft, case, convd, dird, keep, {})


async def _read_outbox(
    office: Office, bootstrap: str, realm: str, at: int, client: Mapping[str, Any]
) -> None:
    """Find the chains of covers, as the agency's own service does."""
    topic = topics.outbox(realm, office.agency.name)
    numbers = range(office.agency.registries[realm].partitions)
    places = [TopicPartition(topic, number) for number in numbers]
    async with LogReader(bootstrap, **client) as reader:
        async for batch in reader.read(dict.fromkeys(places)):
            for record in batch:
                office.read_back(record, realm, at)


async def _write(bootstrap: str, records: list[Outbound], client: Mapping[str, Any]) -> None:
    # No transactional id: the agency's own would fence its service.
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        max_request_size=topics.MAX_RECORD_BYTES,
        **client,
    )
    await producer.start()
    try:
        for record in records:
            await producer.send_and_wait(
                record.topic, record.value, record.key, record.partition, headers=record.headers
            )
    finally:
        await producer.stop()


def _role(desk: str) -> str:
    return next(partner.role for partner in PARTNERS if partner.desk == desk)


def _none(*_given: Any) -> Any:
    raise NotImplementedError
