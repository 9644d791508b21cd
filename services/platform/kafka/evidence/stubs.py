"""Stubs that erasures left, read ahead: on a compacted topic they lie far behind their records.

Who reads a log in order would otherwise hold in memory all that stands between.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.log.erasing.erasure import is_stub
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.kafka.evidence.record_pairs import Stubs, leaf_of
from services.platform.kafka.reading.topic_reader import TopicReader


def stub_of(record: Inbound, registry: Registry) -> bool:
    """Whether a record of evidence is a stub by an order that names its decision."""
    return is_stub(record.value, leaf_of(record), record.partition, registry)


async def read_stubs(
    reader: TopicReader,
    realm: str,
    registry: Registry,
    starts: Mapping[TopicPartition, int | None],
) -> dict[int, Stubs]:
    """Of each partition in which orders erased something, the stubs in place of evidence.

    Args:
        starts: from where evidence is to be read; other topics are passed by.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    named = {
        number
        for order in registry.orders
        if order.kind == "erase"
        for number, _ in order.decisions
    }
    places = {
        place: start
        for place, start in starts.items()
        if place.topic == topics.evidence(realm) and place.partition in named
    }
    stubs: dict[int, Stubs] = {place.partition: {} for place in places}
    if places:
        async for batch in reader.read(places):
            for record in batch:
                if stub_of(record, registry):
                    stubs[record.partition][leaf_of(record)] = record.value or b""
    return stubs
