"""What brokers say of themselves: who answers, copies in step, lengths; no record."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from contracts.vocabulary.scopes import REALMS
from contracts.vocabulary.topics import routing_group
from services.operate.client import connect
from services.operate.status.state import KafkaState, TopicState
from services.platform.kafka.connection.clients import clients
from services.platform.kafka.connection.connection import client_options
from services.platform.kafka.connection.wait import greet_all
from services.platform.patience import patient
from services.platform.process.side_by_side import TIMES, NoAnswer, asked_again

if TYPE_CHECKING:
    from confluent_kafka.admin import TopicMetadata

    from services.platform.kafka.connection.connection import Tls

TOPICS: Final = "relais."  # how names of ours begin
OURS: Final = ("relais.", "__")  # and Kafka's own: without transactions and offsets nothing goes on
Offsets = dict[tuple[str, int], int]  # by topic and partition
HANGS_S: Final = 2.0  # for ends and places
ASK_S: Final = 0.8  # for all of it: a node that hangs takes a connection and says nothing


async def kafka_state(bootstrap: str, tls: Tls | None) -> KafkaState:
    """Ask, and once more who does not answer; nothing is raised, what went wrong is a code."""
    if not bootstrap:
        return KafkaState("kafka_unknown")
    options = client_options(tls) if tls is not None else {}
    addresses = [address.strip() for address in bootstrap.split(",")]
    described = asyncio.to_thread(_described, bootstrap, tls)
    said, *answers = await asyncio.gather(
        described, *(_answers(address, options) for address in addresses)
    )
    if "why" in said and NoAnswer.LATE in answers:
        said["why"] = NoAnswer.LATE
    topics, late = said.pop("topics", {}), said.pop("late", {})
    ends, taken = await _offsets(bootstrap, options, topics) if topics else ({}, {})
    said["topics"] = tuple(
        _topic(name, topic, late[name], ends, taken) for name, topic in topics.items()
    )
    silent = [
        address
        for address, answer in zip(addresses, answers, strict=True)
        if answer in (False, NoAnswer.SILENT)
    ]
    return KafkaState(**said, silent=tuple(silent))


async def _answers(address: str, options: dict[str, Any]) -> bool | NoAnswer:
    """Whether a node answers the greeting that any client begins with, be it to refuse us."""
    greeting = await asked_again(patient(ASK_S), lambda: greet_all(address, options))
    if isinstance(greeting, NoAnswer):
        return greeting
    return greeting.answers or greeting.refusal is not None


def _described(bootstrap: str, tls: Tls | None) -> dict[str, Any]:
    from confluent_kafka import KafkaException

    admin, why = connect(bootstrap, tls), ""
    for _ in range(TIMES):
        try:
            told = admin.list_topics(timeout=patient(ASK_S))
            break
        except KafkaException as error:
            why = error.args[0].name().lower().lstrip("_")
    else:
        return {"why": why}
    parts = [
        (name, part)
        for name, topic in told.topics.items()
        if name.startswith(OURS)
        for part in topic.partitions.values()
    ]
    late = Counter(name for name, part in parts if set(part.replicas) != set(part.isrs))
    away = {number for _name, part in parts for number in part.replicas} - told.brokers.keys()
    names = [name for name in sorted(told.topics) if name.startswith(TOPICS)]
    brokers = (f"{broker.host}:{broker.port}" for _, broker in sorted(told.brokers.items()))
    return {
        "brokers": tuple(brokers),
        "away": tuple(sorted(away)),
        "behind": late.total(),
        "topics": {name: told.topics[name] for name in names},
        "late": late,
    }  # fmt: skip


async def _offsets(
    bootstrap: str, options: dict[str, Any], topics: Iterable[str]
) -> tuple[Offsets, Offsets]:
    """Where partitions end and routing's groups are; what is not told in time is left out.

    By aiokafka: librdkafka 2.16 ended the whole process (SIGSEGV) over such questions on a busy
        machine.
    """
    client = {"bootstrap_servers": bootstrap, **options}
    return await asyncio.gather(_told(_ends(client, topics)), _told(_taken(client)))


async def _told(question: Coroutine[Any, Any, Offsets]) -> Offsets:
    with suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(patient(HANGS_S)):
            return await question
    return {}


async def _ends(client: dict[str, Any], topics: Iterable[str]) -> Offsets:
    consumer = clients().consumer(**client)
    try:
        await consumer.start()
        await consumer.learn(topics)
        numbers = {name: consumer.partitions_for_topic(name) or () for name in topics}
        places = [TopicPartition(name, at) for name, parts in numbers.items() for at in parts]
        return dict(await consumer.end_offsets(places))
    finally:
        await consumer.stop()


async def _taken(client: dict[str, Any]) -> Offsets:
    admin, taken = clients().admin(**client), Offsets()
    try:
        await admin.start()
        for realm in REALMS:
            told = await admin.list_consumer_group_offsets(routing_group(realm))
            taken |= {place: at.offset for place, at in told.items() if at.offset >= 0}
        return taken
    finally:
        await admin.close()


def _topic(
    name: str, topic: TopicMetadata, behind: int, ends: Offsets, taken: Offsets
) -> TopicState:
    parts = topic.partitions.values()
    own = [(name, number) for number in topic.partitions]
    left = [max(0, ends[place] - taken[place]) for place in own if place in ends and place in taken]
    return TopicState(
        name, len(parts),
        end=sum(ends[place] for place in own) if own and ends.keys() >= set(own) else None,
        left=sum(left) if left else None,
        copies=max((len(part.replicas) for part in parts), default=0),
        behind=behind,
        leaderless=sum(part.leader < 0 for part in parts),
    )  # fmt: skip
