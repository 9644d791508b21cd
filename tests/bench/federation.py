"""How long a broker's death stops routing, where two others go on, with TLS and rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from aiokafka.client import AIOKafkaClient

from contracts.envelope.wire import Inbound
from services.play.kafka import brokers
from services.play.kafka.fetch import fetch_jars
from tests.bench import core, load
from tests.bench.forms import Form, Running, running
from tests.bench.measure import Figure

WARM: Final = 400  # events before the first round: Java compiles what it has run often
WHOLE: Final = Form(nodes=3, tls=True)
DEATHS: Final = 6  # each of three nodes twice
STEADY: Final = 20.0  # events/s while a node dies
DYING_S: Final = 30.0  # of that load in a round; 9 s pass until the brokers give a dead one up
BEFORE_S: Final = 5.0  # of it before the node is killed
WHOLE_S: Final = 90.0  # for a node that came back to hold everything again


async def figures() -> AsyncIterator[Figure]:
    """Kill each node in turn under a steady load: the longest that an event waited."""
    await asyncio.to_thread(fetch_jars)
    size = int(STEADY * DYING_S)
    records = await asyncio.to_thread(core.published, WARM + DEATHS * size, "federation")
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        async with running(WHOLE, Path(folder) / "dying") as one:
            await load.publish(one.transactions, records[:WARM])
            await one.watcher.until([load.slip_of(record) for record in records[:WARM]])
            worst = [
                await _stall(one, 1 + at % WHOLE.nodes, records[WARM + at * size :][:size])
                for at in range(DEATHS)
            ]
            ended = f"routers that ended: {len(one.said)}"
    note = f"kill -9 of each node in turn, {STEADY:.0f} events/s; {ended}"
    yield Figure("longest wait of an event through a broker's death", "s", tuple(worst), note)


async def _stall(one: Running, number: int, records: Sequence[Inbound]) -> float:
    loading = asyncio.create_task(_longest(one, records))
    await asyncio.sleep(BEFORE_S)
    await asyncio.to_thread(brokers.stop_node, one.kafka, number, kill=True)
    worst = await loading
    await asyncio.to_thread(brokers.start_node, one.kafka, number)
    async with asyncio.timeout(WHOLE_S):
        while await _short(one):
            await asyncio.sleep(0.5)
    return worst


async def _longest(one: Running, records: Sequence[Inbound]) -> float:
    """Seconds from when an event was due to its delivery, at most."""
    times = await load.publish_at(one.transactions, records, STEADY)
    slips = [load.slip_of(record) for record in records]
    await one.watcher.until(slips)
    pairs = zip(slips, times, strict=True)
    return max(one.watcher.seen[slip] - due for slip, (due, _done) in pairs)


async def _short(one: Running) -> int:
    """Partitions that some node lacks."""
    client = AIOKafkaClient(bootstrap_servers=brokers.status(one.kafka).bootstrap, **one.client)
    try:
        await client.bootstrap()
        places = [place for own in client.cluster._partitions.values() for place in own.values()]
        return sum(len(place.isr) < WHOLE.nodes for place in places)
    finally:
        await client.close()
