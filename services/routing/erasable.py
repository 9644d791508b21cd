"""What an order erases, read from evidence: what it names, and all that names the same cases.

All of a partition's evidence and records are read twice: nobody keeps where a case's records lie.
What no record of the router's names counts for nothing (`recorded`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import orjson
from aiokafka import TopicPartition

from contracts.log.erasing.erasure import changed, names
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.evidence.recorded import recorded
from services.platform.kafka.reading.topic_reader import TopicReader


@dataclass(frozen=True, slots=True)
class ToErase:
    """What is asked of one partition.

    Attributes:
        leaves: that it names.
        last: the leaf of the partition's last record: what is before it has been read with it.
        registry: of the realm.
    """

    leaves: Collection[str]
    last: str
    registry: Registry


async def erasable(
    bus: Bus, realm: str, wanted: Mapping[int, ToErase]
) -> dict[int, dict[str, bytes]]:
    """Partition -> leaf -> evidence as it is now.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    async with bus.reader() as reader:
        return {
            number: await _of(reader, TopicPartition(topics.evidence(realm), number), asked)
            for number, asked in wanted.items()
        }


async def _of(reader: TopicReader, place: TopicPartition, asked: ToErase) -> dict[str, bytes]:
    registry, last = asked.registry, asked.last
    values = await recorded(reader, place, registry, lambda leaf, _: leaf in asked.leaves, last)
    tokens = {token for value in values.values() for token in changed(orjson.loads(value))}
    if not tokens:
        return values
    related = await recorded(reader, place, registry, lambda _, value: names(value, tokens), last)
    return related | values
