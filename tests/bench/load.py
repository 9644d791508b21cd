"""Load on a real broker: events made beforehand, published in transactions, watched in an inbox."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.encoding import digest
from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from services.platform.kafka.writing.transactions import Transactions
from services.platform.process.exit_codes import TransactionAbortedError
from tests.contracts.envelope.kit import inbox
from tests.kafka import kit

ROUTED_S: Final = 60.0  # for what was published to be seen in the inbox
STEP_S: Final = 0.005  # between two looks at what is due: several events may share a transaction


def slip_of(record: Inbound) -> bytes:
    """D of an event's only slip: the key of its delivery."""
    slip: str = orjson.loads(record.value or b"")["data"]["slips"][0]
    return digest(slip).encode()


@dataclass
class Watcher:
    """Sees the deliveries of one desk as a recipient does: committed records only."""

    consumer: AIOKafkaConsumer
    seen: dict[bytes, float] = field(default_factory=dict)

    async def read(self) -> None:
        """Take note of what comes, until cancelled."""
        while True:
            found = await self.consumer.getmany(timeout_ms=1000)
            now = time.time()
            for records in found.values():
                for one in records:
                    self.seen.setdefault(one.key, now)

    async def until(self, wanted: Sequence[bytes]) -> None:
        """Wait for deliveries."""
        async with asyncio.timeout(ROUTED_S):
            while not all(one in self.seen for one in wanted):
                await asyncio.sleep(0.01)


@asynccontextmanager
async def watching(bootstrap: str, desk: str, **client: Any) -> AsyncIterator[Watcher]:
    """A watcher of a desk's inbox while the block lasts."""
    name = inbox(kit.REALM, desk)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", fetch_max_wait_ms=100,
        auto_offset_reset="earliest", enable_auto_commit=False, **client,
    )  # fmt: skip
    consumer.assign([TopicPartition(name, number) for number in range(topics.PARTITIONS)])
    await consumer.start()
    watcher = Watcher(consumer)
    reading = asyncio.create_task(watcher.read())
    try:
        yield watcher
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await consumer.stop()


async def publish(transactions: Transactions, records: Sequence[Inbound]) -> float:
    """Publish records in one transaction; seconds since 1970 at which it was committed."""
    while True:
        with suppress(TransactionAbortedError):
            async with transactions.transaction() as transaction:
                await transaction.send(*map(kit.outbound, records))
            return time.time()
        await asyncio.sleep(STEP_S)


async def publish_at(
    transactions: Transactions, records: Sequence[Inbound], rate: float
) -> list[tuple[float, float]]:
    """Publish on a schedule that waits for nobody: (due, committed) of each, seconds since 1970."""
    begin, times = time.time(), list[tuple[float, float]]()
    while len(times) < len(records):
        late = min(len(records), int((time.time() - begin) * rate) + 1)
        chosen = records[len(times) : late]
        if not chosen:
            await asyncio.sleep(STEP_S)
            continue
        committed = await publish(transactions, chosen)
        times += [(begin + at / rate, committed) for at in range(len(times), late)]
    return times
