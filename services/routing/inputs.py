"""Which outboxes a shard reads: those of the agencies of the day, and of all that were there before.

Whoever has left may have published until then: each such event gets its record, even if routers were
down when it left. It is judged as anything else: a desk that the directory no longer has is put aside,
one that no clause lets send is refused. A former agency's outbox is read for as long as Kafka shows
it to us, that is until `relais acl apply --prune`; nobody waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

import structlog
from aiokafka import TopicPartition

from contracts.errors import LogError
from contracts.kafka.topic_plan import plan
from contracts.log.orders.registry import Registry
from contracts.vocabulary import principals, topics
from services.platform.kafka.connection.missing_rights import visible
from services.platform.kafka.connection.wait import WAIT_SECONDS
from services.platform.patience import patient
from services.platform.process.exit_codes import UnreachableError
from services.routing.shard import Shard

LOOK_S: Final = 0.5  # while Kafka does not say what it shows us
SHUT_S: Final = 10.0  # that brokers may differ in it

log = structlog.get_logger("relais.routing")


def inputs(shard: Shard) -> list[TopicPartition]:
    """The outboxes of the realm by the convention and directory in force, × own partitions.

    Raises:
        LogError: `convention_not_loaded`: the log is under a version that this release refuses.
    """
    registry, (convd, dird) = shard.control.registry, _era(shard)
    if convd not in registry.conventions:
        got = registry.unreadable.describe() if registry.unreadable else "no order that adopts it"
        raise LogError("convention_not_loaded", got, "the version that the log is under")
    return _places(_outboxes(registry, convd, dird), shard)


def realm_topics(shard: Shard) -> list[str]:
    """Every topic of the realm, by the convention and directory in force."""
    registry, (convd, dird) = shard.control.registry, _era(shard)
    return [one.name for one in plan(registry.conventions[convd], registry.directories[dird])]


def former(shard: Shard) -> list[TopicPartition]:
    """The outboxes that were inputs once and are none now, × own partitions."""
    registry, now = shard.control.registry, _era(shard)
    outboxes: set[str] = set()
    for era in registry.eras(shard.clock.now()):
        if era == now:  # what comes after it is not in force in the log yet
            break
        outboxes |= _outboxes(registry, *era)
    return _places(outboxes - _outboxes(registry, *now), shard)


async def open_former(
    shard: Shard, bootstrap: str, client: Mapping[str, Any]
) -> list[TopicPartition]:
    """Those of them that Kafka shows us.

    Raises:
        UnreachableError: Kafka did not say in time.
    """
    places = former(shard)
    try:
        async with asyncio.timeout(patient(WAIT_SECONDS)):
            while (shown := await visible(bootstrap, _topics(places), client)) is None:
                await asyncio.sleep(LOOK_S)
    except TimeoutError as error:
        raise UnreachableError("kafka_unreachable", "no answer about topics") from error
    opened = [place for place in places if place.topic in shown]
    if places:
        left = sorted(_topics(places) - shown)
        (log.warning if left else log.info)("former outboxes", read=sorted(shown), left=left)
    return opened


async def has_changed(
    shard: Shard, opened: Iterable[TopicPartition], bootstrap: str, client: Mapping[str, Any]
) -> bool:
    """Whether Kafka shows us other former outboxes than these; no if it does not answer."""
    shown = await visible(bootstrap, _topics(former(shard)), client)
    return shown is not None and shown != _topics(opened)


async def was_shut(
    opened: Iterable[TopicPartition], bootstrap: str, client: Mapping[str, Any]
) -> bool:
    """Whether Kafka no longer shows us one of these: a broker may learn of it after another."""
    wanted = _topics(opened)
    with suppress(TimeoutError):
        async with asyncio.timeout(SHUT_S):
            while True:
                shown = await visible(bootstrap, wanted, client)
                if shown is not None and wanted - shown:
                    return True
                await asyncio.sleep(LOOK_S)
    return False


def _era(shard: Shard) -> tuple[str, str]:
    tail = next(iter(shard.routers.values())).state.tail
    return tail.convd, tail.dird


def _outboxes(registry: Registry, convd: str, dird: str) -> set[str]:
    # Asked each second, and of all eras: no plan is made, and no directory is read.
    houses = registry.directories.facts(dird).houses
    auditors = {agency for _role, agency in houses if agency == principals.AUDITORS}
    return {
        topics.outbox(registry.realm, agency)
        for agency in registry.agencies(convd, dird) | auditors
    }


def _places(names: Iterable[str], shard: Shard) -> list[TopicPartition]:
    return [
        TopicPartition(name, number) for name in sorted(names) for number in sorted(shard.routers)
    ]


def _topics(places: Iterable[TopicPartition]) -> set[str]:
    return {place.topic for place in places}
