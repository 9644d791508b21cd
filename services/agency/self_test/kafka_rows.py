"""The rows that ask Kafka: name, TLS, certificate, own topics, others' topics. No record is read by any of them.

A fetch begins at an offset that no log reaches, so that a broker can only say whether it would have
answered: out of range to whom it lets read, denied to whom it does not.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest

from contracts.errors import UsageError
from services.platform.kafka.connection.broker_probe import greet_all, out_of_dates
from services.platform.kafka.connection.connecting import connected
from services.platform.kafka.connection.connection import ReloadingContext
from services.platform.keys.certificate import read_certificate
from services.platform.self_test.rows import ENDING_DAYS, SelfTestRow, cannot, unused, worked

if TYPE_CHECKING:
    from services.platform.keys.certificate import Certificate

TRY_S: Final = 5.0  # for each row
NOWHERE: Final = 1 << 62  # an offset that no log reaches
DAY_S: Final = 86_400
READABLE: Final = frozenset({0, 1})  # codes: fetched nothing, out of range
DENIED: Final = 29


@dataclass(frozen=True, slots=True)
class KafkaPlaces:
    """What is tried.

    Attributes:
        client: as `client_options` makes it.
        principal: that the certificate should name.
        own, foreign: topics, partition 0 of each.
    """

    bootstrap: str
    client: Mapping[str, Any]
    principal: str
    own: tuple[str, ...]
    foreign: tuple[str, ...]


async def kafka_rows(places: KafkaPlaces) -> tuple[SelfTestRow, ...]:
    """All five, side by side; none raises, none takes longer than `TRY_S`."""
    own, foreign = _fetched(places, places.own), _fetched(places, places.foreign)
    name, tls, readable, refused = await asyncio.gather(
        _name(places.bootstrap), _tls(places), own, foreign
    )
    return name, tls, _certificate(places), _own_topic(readable), _foreign_topic(places, refused)


async def _name(bootstrap: str) -> SelfTestRow:
    loop, at = asyncio.get_running_loop(), time.time()
    try:
        async with asyncio.timeout(TRY_S):
            for address in bootstrap.split(","):
                host, _, port = address.strip().rpartition(":")
                await loop.getaddrinfo(host.strip("[]"), int(port))
    except (OSError, ValueError, TimeoutError):
        return cannot("name", at, "name_unknown")
    return worked("name", at)


async def _tls(places: KafkaPlaces) -> SelfTestRow:
    at = time.time()
    try:
        async with asyncio.timeout(TRY_S):
            greeting = await greet_all(places.bootstrap, places.client)
    except TimeoutError:
        return cannot("tls", at, "kafka_away")
    if greeting.refusal is not None:
        return cannot("tls", at, greeting.refusal.code)
    if not greeting.answers:
        return cannot("tls", at, "kafka_away")
    return worked("tls", at) if places.client else unused("tls", "no_tls", at)


def _certificate(places: KafkaPlaces) -> SelfTestRow:
    context, at = places.client.get("ssl_context"), time.time()
    if not isinstance(context, ReloadingContext):
        return unused("certificate", "no_tls", at)
    try:
        own = read_certificate(context.tls.cert)
    except UsageError:
        return cannot("certificate", at, "certificate_unreadable")
    return certificate_row(own, places.principal, at)


def certificate_row(own: Certificate, principal: str, at: float) -> SelfTestRow:
    """Of the right name, within its dates, and not about to end."""
    days = int((own.not_after - at) // DAY_S)
    if (refusal := out_of_dates(own)) is not None:
        return cannot("certificate", at, refusal.code, days=days)
    if own.principal != principal:
        return cannot("certificate", at, "other_principal", days=days)
    if days < ENDING_DAYS:
        return cannot("certificate", at, "certificate_ending", days=days)
    return worked("certificate", at, days=days)


def _own_topic(codes: Mapping[str, int] | None) -> SelfTestRow:
    at = time.time()
    if codes is None:
        return cannot("own_topic", at, "kafka_away")
    good = all(code in READABLE for code in codes.values())
    return worked("own_topic", at) if good else cannot("own_topic", at, "not_readable")


def _foreign_topic(places: KafkaPlaces, codes: Mapping[str, int] | None) -> SelfTestRow:
    at = time.time()
    if not places.client:
        return unused("foreign_topic", "no_tls", at)
    if codes is None:
        return cannot("foreign_topic", at, "kafka_away")
    refused = all(code == DENIED for code in codes.values())
    return worked("foreign_topic", at) if refused else cannot("foreign_topic", at, "not_refused")


async def _fetched(places: KafkaPlaces, topics: Iterable[str]) -> dict[str, int] | None:
    """Topic -> what a broker says to a fetch of nothing; None: nobody answers."""
    client = AIOKafkaClient(bootstrap_servers=places.bootstrap, **places.client)
    try:
        async with asyncio.timeout(TRY_S):
            await connected(client.bootstrap())
            return await _asked(client, tuple(topics))
    except (TimeoutError, KafkaError, OSError):
        return None
    finally:
        await client.close()


async def _asked(client: AIOKafkaClient, topics: tuple[str, ...]) -> dict[str, int]:
    """Each at its leader, as far as one is told; whoever may not read is not told of any."""
    first = min(broker.nodeId for broker in client.cluster.brokers())
    told = await client.send(first, MetadataRequest(list(topics), False))
    leaders = {
        name: next((leader for _, number, leader, *_ in parts if number == 0), -1)
        for _, name, _, parts in told.topics
    }
    codes: dict[str, int] = {}
    for name in topics:
        leader = leaders.get(name, -1)
        request = FetchRequest(0, 0, 1, 1, [(name, [(0, NOWHERE, 1)])])
        answer = await client.send(leader if leader >= 0 else first, request)
        codes[name] = int(answer.topics[0][1][0][1])
    return codes
