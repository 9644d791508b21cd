"""Evidence that the log vouches for: whoever has Kafka may lay other values beside it, and other records.

A record counts if it stands on the one path of `prev` that the router has signed (proof §8), for a record
and its evidence that agree with each other anybody can write. It names the hash of its evidence, and a record `erased`
those of the stubs that it left; its own evidence is held to its record first. What has another hash counts for nothing
(log §11.1).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from aiokafka import TopicPartition

from contracts.encoding import digest, json_object, leaf_hash
from contracts.envelope.wire import Inbound
from contracts.log.entry_chain import EntryChain
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.kafka.evidence.record_pairs import leaf_of
from services.platform.kafka.reading.topic_reader import TopicReader
from services.platform.process.exit_codes import UnreachableError

LOOK_S: Final = 0.1  # while the markers of the last transaction are still on their way
MOST_LOOKS: Final = 50
_NAMES_STUBS: Final = b'"stub":'

IsWanted = Callable[[str, bytes], bool]  # of a leaf and any value at all; raises nothing
_Values = dict[str, dict[str, bytes]]  # leaf -> hash -> value


async def recorded(
    reader: TopicReader,
    place: TopicPartition,
    registry: Registry,
    is_wanted: IsWanted,
    last: str = "",
) -> dict[str, bytes]:
    """Leaf -> evidence as it is now, in the order of the log: what is erased is its stub.

    Args:
        place: a partition of evidence.
        registry: of its realm, with the directories that have the router's keys.
        last: the leaf of the partition's last record, if it must be there; else as far as it goes.

    Raises:
        UnreachableError: Kafka did not answer in time, or has not the last record.
    """
    values: _Values = {}

    def take(batch: Sequence[Inbound]) -> list[str]:
        for record in batch:
            leaf, value = leaf_of(record), record.value or b""
            if _NAMES_STUBS in value or is_wanted(leaf, value):
                values.setdefault(leaf, {})[digest(value)] = value
        return [leaf_of(record) for record in batch]

    await _read(reader, place, last, take)
    hashes = await _hashes(reader, place, registry, last, values)
    rows = {leaf: values[leaf].get(sha) for leaf, sha in hashes.items()}
    return {
        leaf: value for leaf, value in rows.items() if value is not None and is_wanted(leaf, value)
    }


async def _hashes(
    reader: TopicReader, place: TopicPartition, registry: Registry, last: str, values: _Values
) -> dict[str, str]:
    """By leaf the hash that its record names, or the last record `erased` that names its stub."""
    chain = EntryChain(registry.realm, place.partition, registry)
    own: dict[str, str] = {}
    stubs: dict[str, str] = {}

    def take(batch: Sequence[Inbound]) -> list[str]:
        for record in batch:
            chain.hold(record.value or b"", record.headers)
        taken = chain.again()  # the last signature holds all before it: one a batch is verified
        leaves = [*map(leaf_hash, taken)]
        for leaf, value in zip(leaves, taken, strict=True):
            if leaf in values:
                own[leaf] = str(json_object(value).get("evd", ""))
                stubs.update(_named_stubs(json_object(values[leaf].get(own[leaf]))))
        return leaves

    decisions = TopicPartition(topics.decisions(registry.realm), place.partition)
    await _read(reader, decisions, last, take)
    return {leaf: stubs.get(leaf, sha) for leaf, sha in own.items()}


def _named_stubs(evidence: Mapping[str, list[Mapping[str, str]]]) -> dict[str, str]:
    """By leaf the hash of the stub that a record `erased` left."""
    answers = evidence.get("answers", ())
    return {answer["decision"]: answer["stub"] for answer in answers if "stub" in answer}


async def _read(
    reader: TopicReader,
    place: TopicPartition,
    last: str,
    take: Callable[[Sequence[Inbound]], Collection[str]],
) -> None:
    """Read all of a partition, again until its last record is there.

    Args:
        take: takes records, once more at each look; returns the leaves that are there now.
    """
    is_there = not last
    for _look in range(MOST_LOOKS):
        async for batch in reader.read({place: None}):
            is_there |= last in take(batch)
        if is_there:
            return
        await asyncio.sleep(LOOK_S)
    cut = f"{place.topic} without its end"
    raise UnreachableError("kafka_unreachable", cut, "all of it")
