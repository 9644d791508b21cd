"""What the brokers say of themselves: who answers, whose copies are in step, how long logs are; no record is read."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from contracts.vocabulary.scopes import REALMS
from contracts.vocabulary.topics import routing_group
from services.operate.client import connect
from services.operate.status.state import KafkaState, TopicState
from services.platform.kafka.connection.broker_probe import greet_all
from services.platform.kafka.connection.connection import client_options
from services.platform.patience import patient
from services.platform.process.answered import TIMES, NoAnswer, asked_again

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient, TopicMetadata

    from services.platform.kafka.connection.connection import Tls

TOPICS: Final = "relais."  # how names of ours begin
OURS: Final = ("relais.", "__")  # and Kafka's own: without transactions and offsets nothing goes on
Offsets = dict[tuple[str, int], int]  # by topic and partition
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
    ends = _ends(admin, {name: len(told.topics[name].partitions) for name in names})
    taken = _taken(admin) if names else {}
    brokers = (f"{broker.host}:{broker.port}" for _, broker in sorted(told.brokers.items()))
    return {
        "brokers": tuple(brokers),
        "away": tuple(sorted(away)),
        "behind": late.total(),
        "topics": tuple(_topic(name, told.topics[name], late[name], ends, taken) for name in names),
    }  # fmt: skip


def _ends(admin: AdminClient, partitions: Mapping[str, int]) -> Offsets:
    """The ends of partitions; what is not told in time, or to us, is left out.

    Args:
        partitions: topic -> how many it has.
    """
    from confluent_kafka import KafkaException, TopicPartition
    from confluent_kafka.admin import OffsetSpec

    latest: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    every = [TopicPartition(name, at) for name, n in partitions.items() for at in range(n)]
    if not every:
        return {}
    ends: Offsets = {}
    asked = admin.list_offsets(dict.fromkeys(every, latest), request_timeout=patient(ASK_S))
    for place, future in asked.items():
        with suppress(KafkaException):
            ends[place.topic, place.partition] = future.result().offset
    return ends


def _taken(admin: AdminClient) -> Offsets:
    """Where routing's groups are in what they read; likewise."""
    from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException

    taken: Offsets = {}
    asked = [
        admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(routing_group(realm))], request_timeout=patient(ASK_S)
        )
        for realm in REALMS
    ]
    for future in (future for answers in asked for future in answers.values()):
        with suppress(KafkaException):
            for place in future.result().topic_partitions or ():
                if place.error is None and place.offset >= 0:
                    taken[place.topic, place.partition] = place.offset
    return taken


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
