"""What an order erases, read from evidence: what it names, and all that names the same cases.

All of a partition's evidence is read, once for events and twice for cases: nobody keeps where a
case's records lie.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from aiokafka import TopicPartition

from contracts.encoding import digest, json_object, leaf_hash
from contracts.envelope.wire import Inbound
from contracts.log.erasure import names, tokens_of
from contracts.vocabulary import topics
from services.platform.kafka.log_reader import LogReader
from services.platform.kafka.record_pairs import leaf_of
from services.platform.process.exit_codes import UnreachableError

LOOK_S: Final = 0.1  # while the markers of the last transaction are still on their way
MOST_LOOKS: Final = 50


@dataclass(frozen=True, slots=True)
class ToErase:
    """What is asked of one partition.

    Attributes:
        leaves: leaf -> whether with all that names the same case.
        last: the leaf of the partition's last record: what is before it has been read with it.
    """

    leaves: Mapping[str, bool]
    last: str


async def erasable(
    bootstrap: str, realm: str, wanted: Mapping[int, ToErase], **client: Any
) -> dict[int, dict[str, bytes]]:
    """Partition -> leaf -> evidence as it is now.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    async with LogReader(bootstrap, **client) as reader:
        return {
            number: await _of(reader, TopicPartition(topics.evidence(realm), number), asked)
            for number, asked in wanted.items()
        }


async def _of(reader: LogReader, place: TopicPartition, asked: ToErase) -> dict[str, bytes]:
    values: dict[str, bytes] = {}
    hashes = await _hashes(reader, place, asked.leaves)

    def take(record: Inbound) -> None:
        leaf, value = leaf_of(record), record.value or b""
        if leaf in hashes and (digest(value) == hashes[leaf] or "erased" in json_object(value)):
            values[leaf] = value

    for _ in range(MOST_LOOKS):
        if await _read(reader, place, asked.last, take):
            break
        await asyncio.sleep(LOOK_S)
    else:
        raise UnreachableError("kafka_unreachable", "evidence without its end", "all of it")
    whole = [value for leaf, value in values.items() if asked.leaves[leaf]]
    tokens = {token for value in whole for token in tokens_of(orjson.loads(value))}
    related: dict[str, bytes] = {}

    def relate(record: Inbound) -> None:
        value = record.value or b""
        related.pop(leaf_of(record), None)  # a stub names nothing any more
        if names(value, tokens):
            related[leaf_of(record)] = value

    if tokens:
        await _read(reader, place, asked.last, relate)
    return related | values


async def _hashes(
    reader: LogReader, place: TopicPartition, leaves: Iterable[str]
) -> dict[str, str]:
    """By leaf the hash of evidence that the record names: whoever has Kafka may lay other beside it."""
    wanted = {leaf.encode(): leaf for leaf in leaves}
    decisions = place.topic.removesuffix("evidence") + "decisions"
    hashes: dict[str, str] = {}
    async for batch in reader.read({TopicPartition(decisions, place.partition): None}):
        for record in batch:
            leaf = wanted.get(record.key or b"")
            if leaf is not None and leaf_hash(record.value or b"") == leaf:
                hashes[leaf] = json_object(record.value).get("evd", "")
    return hashes


async def _read(reader: LogReader, place: TopicPartition, last: str, take: Any) -> bool:
    """Read all of a partition's evidence; whether its last record's is there."""
    is_there = False
    async for batch in reader.read({place: None}):
        for record in batch:
            take(record)
            is_there |= leaf_of(record) == last
    return is_there
