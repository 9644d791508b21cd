"""A router beside a bare echo on the same broker: what deciding adds to what Kafka takes.

The echo reads the same outbox and writes each record to the inbox that the watcher reads, exactly
once, in transactions as a router does, and looks at nothing.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts.envelope.wire import Inbound
from contracts.vocabulary.topics import outbox
from services.platform.kafka.reading.log_reader import inbound
from tests.bench import core
from tests.bench.forms import DESK, Form, Running, running, slip_of
from tests.bench.measure import ROUNDS, Figure, beside, rounds
from tests.bench.router import PARTS, waits
from tests.contracts.envelope.kit import inbox
from tests.kafka.kit import REALM, ROOT

RATE: Final = 100  # events/s
WARM: Final = 200  # events before the first round
EVENTS: Final = RATE * 4  # of a round


async def figures() -> AsyncIterator[Figure]:
    """p50 and p99 of both; the echo's rounds come after the router's."""
    count = WARM + ROUNDS * EVENTS
    records = await asyncio.to_thread(core.published, 2 * count, "echo")
    first, second = rounds(records, count)
    async with running(Form()) as one:
        routed = await _waits(one, first)
        one.router.kill()
        echo = _started(one)
        try:
            echoed = await _waits(one, second)
        finally:
            echo.kill()
            echo.wait()
    for number, part in enumerate(PARTS):
        name = f"{RATE} events/s, p{part}"
        low = Figure(f"a bare echo, {name}", "ms", tuple(one[number] for one in echoed))
        yield low
        yield beside(Figure(f"router, {name}", "ms", tuple(one[number] for one in routed)), low)


async def _waits(one: Running, records: Sequence[Inbound]) -> list[list[float]]:
    """The waits of each round behind the warm-up."""
    await one.routed(records[:WARM])
    return [await waits(one, own, RATE) for own in rounds(records[WARM:], EVENTS)]


def _started(one: Running) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "tests.bench.echo", one.bootstrap]
    return subprocess.Popen(words, cwd=ROOT)


async def _echo(bootstrap: str) -> None:
    """Until it is killed."""
    consumer = AIOKafkaConsumer(
        outbox(REALM, "education"), bootstrap_servers=bootstrap, group_id="echo",
        isolation_level="read_committed", auto_offset_reset="earliest", enable_auto_commit=False,
    )  # fmt: skip
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id="echo")
    async with consumer, producer:
        while True:
            found = await consumer.getmany(timeout_ms=1000)
            if not found:
                continue
            async with producer.transaction():
                for record in (one for own in found.values() for one in own):
                    await producer.send(
                        inbox(REALM, DESK), record.value, slip_of(inbound(record)),
                        partition=record.partition,
                    )  # fmt: skip
                after = {place: own[-1].offset + 1 for place, own in found.items()}
                await producer.send_offsets_to_transaction(after, "echo")


if __name__ == "__main__":
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # of markers that are still written
    asyncio.run(_echo(sys.argv[1]))
