"""What a batch needs of what the router wrote before: released inputs, evidence to be erased.

Of either a whole topic may have to be read, so no transaction is open meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import orjson
from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.log.erasing.erasure import changed, names
from contracts.log.orders.registry import Registry
from contracts.log.routing.partition_router import Released
from contracts.log.routing.quarantine import is_of
from contracts.vocabulary import topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.evidence.recorded import leaf_of, recorded
from services.platform.kafka.reading.topic_reader import TopicReader


async def released(
    bus: Bus, realm: str, wanted: Mapping[int, Mapping[str, str]]
) -> Mapping[int, Released]:
    """Read what orders released.

    A decision in the log was committed together with its bytes, so they are looked for whether the
    markers of that transaction have reached quarantine or not; what was aborted has other leaves.

    Args:
        wanted: partition -> leaf -> b64u(SHA-256(value)) as the log has it.

    Returns:
        Partition -> leaf -> the record; None if it has gone, one with other bytes if it was
        altered.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    found: dict[int, dict[str, Inbound | None]] = {
        number: dict.fromkeys(leaves) for number, leaves in wanted.items() if leaves
    }
    name = topics.quarantine(realm)
    if found:
        async with bus.reader(isolation_level="read_uncommitted") as reader:
            async for batch in reader.read({TopicPartition(name, at): None for at in found}):
                for record in batch:
                    leaf, own = leaf_of(record), found[record.partition]
                    sha = wanted[record.partition].get(leaf)
                    if sha is not None and (own[leaf] is None or is_of(record, sha)):
                        own[leaf] = record
    return found


async def erasable(
    bus: Bus, registry: Registry, wanted: Mapping[int, tuple[Collection[str], str]]
) -> Mapping[int, Mapping[str, bytes]]:
    """Read what orders erase: what they name, and all that names the same cases.

    All of a partition's evidence and records are read twice: nobody keeps where a case's records
    lie. What no record of the router's names counts for nothing (`recorded`).

    Args:
        wanted: partition -> leaves that are named, and the leaf of its last record: what is before
            it has been read with it.

    Returns:
        Partition -> leaf -> evidence as it is now.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    found: dict[int, Mapping[str, bytes]] = {}
    if any(leaves for leaves, _ in wanted.values()):
        name = topics.evidence(registry.realm)
        async with bus.reader() as reader:
            for number, (leaves, last) in wanted.items():
                if leaves:
                    place = TopicPartition(name, number)
                    found[number] = await erasable_of(reader, place, registry, leaves, last)
    return found


async def erasable_of(
    reader: TopicReader,
    place: TopicPartition,
    registry: Registry,
    leaves: Collection[str],
    last: str,
) -> Mapping[str, bytes]:
    """Read what orders erase of one partition of evidence."""
    values = await recorded(reader, place, registry, lambda leaf, _: leaf in leaves, last)
    tokens = {token for value in values.values() for token in changed(orjson.loads(value))}
    if not tokens:
        return values
    related = await recorded(reader, place, registry, lambda _, value: names(value, tokens), last)
    return related | values
