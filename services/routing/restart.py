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
from services.shell.denials import DENIED, denied
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
        evidence, records = await _read(reader, realm, partition)
        values = ((record.value, record.headers) for record in records)
        states[partition] = rebuild(realm, partition, values, evidence, registry)
    return states


async def _read(
    reader: LogReader, realm: str, partition: int
) -> tuple[dict[str, bytes], list[Inbound]]:
    """One partition's evidence by leaf, and its records in order."""
    kept, log = (
        TopicPartition(name, partition)
        for name in (topics.evidence(realm), topics.decisions(realm))
    )
    evidence: dict[str, bytes] = {}
    records: list[Inbound] = []
    async for batch in reader.read({kept: None, log: None}):
        if batch[0].topic == log.topic:
            records += batch
        else:
            evidence.update(((one.key or b"").decode("latin-1"), one.value or b"") for one in batch)
    return evidence, records


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
    except DENIED as error:
        raise denied(client, error, "read offsets of") from error
    except (TimeoutError, KafkaConnectionError, KafkaError) as error:
        raise UnreachableError("kafka_unreachable", type(error).__name__) from error
    finally:
        await consumer.stop()
