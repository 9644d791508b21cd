"""A bare consume–transact–produce echo, the floor of a router's delay: `python -m tests.bench.echo`.

With a router's clients (aiokafka, two transactional ids in turn, read committed, six partitions) and
nothing between them: what is read is written to another topic, with its offsets, in one transaction.
Settings are a router's own, from the environment; SIGTERM ends it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from contracts.envelope.wire import Outbound
from contracts.vocabulary import topics
from services.platform.kafka.writing.transactions import Transactions
from services.platform.process import exit_codes, logs
from services.platform.settings import RoutingSettings, load

SOURCE: Final = "echo.source"
TARGET: Final = "echo.target"
GROUP: Final = "echo"
IDS: Final = ("echo.a", "echo.b")


async def serve(settings: RoutingSettings, stop: asyncio.Event) -> int:
    """Echo until asked to stop."""
    echoing = asyncio.create_task(_echo(settings))
    asked = asyncio.create_task(stop.wait())
    await asyncio.wait((echoing, asked), return_when=asyncio.FIRST_COMPLETED)
    if echoing.done():
        echoing.result()
    echoing.cancel()
    await asyncio.gather(echoing, return_exceptions=True)
    return exit_codes.GOOD


async def _echo(settings: RoutingSettings) -> None:
    client = settings.client()
    transactions = Transactions(settings.kafka, IDS, **client)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka, isolation_level="read_committed",
        auto_offset_reset="earliest", enable_auto_commit=False, **client,
    )  # fmt: skip
    consumer.assign([TopicPartition(SOURCE, number) for number in range(topics.PARTITIONS)])
    try:
        await transactions.start()
        await consumer.start()
        while True:
            read = await consumer.getmany(
                timeout_ms=1000, max_records=settings.batch_events
            )  # wakes as soon as something comes
            if read:
                await _pass_on(transactions, read)
    finally:
        await consumer.stop()
        await transactions.stop()


async def _pass_on(transactions: Transactions, read: dict[TopicPartition, list[Any]]) -> None:
    offsets = {place: OffsetAndMetadata(rows[-1].offset + 1, "") for place, rows in read.items()}
    async with transactions.transaction() as transaction:
        await transaction.send(
            *(
                Outbound(TARGET, row.partition, row.key, row.value, list(row.headers))
                for rows in read.values() for row in rows
            )
        )  # fmt: skip
        transaction.offsets(GROUP, offsets)


if __name__ == "__main__":
    chosen = load(RoutingSettings)
    logs.configure("echo", chosen.log_level)
    sys.exit(exit_codes.run(lambda stop: serve(chosen, stop)))
