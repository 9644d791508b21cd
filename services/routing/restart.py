"""What a starting shard reads: its partitions' log, and how far its inputs were taken.

Both are read after the predecessor was fenced: nothing that is read here can still change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from contracts import topics
from contracts.envelope.wire import Inbound
from contracts.log.orders import Registry
from contracts.log.rebuild import rebuild
from contracts.state import State
from services.shell.reader import LogReader
from services.shell.startup import UnreachableError
from services.shell.transaction import WAIT_SECONDS


async def rebuild_states(
    reader: LogReader, realm: str, partitions: Sequence[int], registry: Registry
) -> dict[int, State]:
    """The state of each partition, from decisions and evidence up to the last stable offset.

    Raises:
        LogError: the log is unsigned, unchained or incomplete; see `rebuild`.
        UnreachableError: Kafka did not answer in time.
    """
    states = {}
    for partition in partitions:  # one after the other: evidence is the bulk, kept for one only
        evidence = {
            (record.key or b"").decode("ascii", "replace"): record.value or b""
            for record in await _whole(reader, topics.evidence(realm), partition)
        }
        records = await _whole(reader, topics.decisions(realm), partition)
        values = ((record.value, record.headers) for record in records)
        states[partition] = rebuild(realm, partition, values, evidence, registry)
        await asyncio.sleep(0)
    return states


async def _whole(reader: LogReader, topic: str, partition: int) -> list[Inbound]:
    found: list[Inbound] = []
    async for batch in reader.read({TopicPartition(topic, partition): None}):
        found += batch
    return found


async def committed_offsets(
    bootstrap: str, group: str, places: Iterable[TopicPartition], **client: Any
) -> dict[TopicPartition, int]:
    """The committed offset of each place, 0 where nothing was committed.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, **client
    )
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await consumer.start()
            return {place: await consumer.committed(place) or 0 for place in places}
    except (TimeoutError, KafkaConnectionError, KafkaError) as error:
        raise UnreachableError("kafka_unreachable", type(error).__name__) from error
    finally:
        await consumer.stop()
