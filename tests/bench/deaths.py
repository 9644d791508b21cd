"""How long a death stops routing, under a steady load.

A router's, where another is started at once; a broker's, where two others go on, with TLS and
rights.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from aiokafka.client import AIOKafkaClient

from services.play.kafka import brokers
from tests.bench import core
from tests.bench.forms import Form, Running, running
from tests.bench.measure import ROUNDS, Figure

RATE: Final = 20  # events/s
BEFORE_S: Final = 3.0  # of that load before the kill
REPLACED_S: Final = 8.0  # of it in a round of routers
EARLIER: Final = 2_000  # events in the log before the first round
WHOLE: Final = Form(nodes=3, tls=True)
DEATHS: Final = 6  # each of three nodes twice
DYING_S: Final = 30.0  # of the load; 9 s pass until the brokers give a dead one up
WHOLE_S: Final = 90.0  # for a node that came back to hold everything again


async def of_a_router() -> AsyncIterator[Figure]:
    """The longest wait of a round."""
    size, longest = int(RATE * REPLACED_S), list[float]()
    records = await asyncio.to_thread(core.published, EARLIER + ROUNDS * size, "takeover")
    async with running(Form()) as one:
        await one.routed(records[:EARLIER])
        for at in range(EARLIER, len(records), size):
            loading = asyncio.create_task(one.offered(records[at : at + size], RATE))
            await asyncio.sleep(BEFORE_S)
            await asyncio.to_thread(one.router.replace)
            longest.append(max(seen - done for _, done, seen in await loading))
    note = f"{RATE} events/s, {EARLIER:,} events in the log, another started at once"
    yield Figure("longest wait through a router's kill -9", "s", tuple(longest), note)


async def of_a_broker() -> AsyncIterator[Figure]:
    """Kill each node in turn: the longest that an event waited."""
    size, longest = int(RATE * DYING_S), list[float]()
    records = await asyncio.to_thread(core.published, EARLIER + DEATHS * size, "federation")
    async with running(WHOLE) as one:
        await one.routed(records[:EARLIER])
        for at in range(DEATHS):
            number = 1 + at % WHOLE.nodes
            chosen = records[EARLIER + at * size :][:size]
            loading = asyncio.create_task(one.offered(chosen, RATE))
            await asyncio.sleep(BEFORE_S)
            await asyncio.to_thread(brokers.stop, one.kafka, 0, only=[number])
            longest.append(max(seen - due for due, _, seen in await loading))
            nodes, tls = WHOLE.nodes, brokers.status(one.kafka).tls
            await asyncio.to_thread(brokers.start, one.kafka, nodes=nodes, tls=tls)
            async with asyncio.timeout(WHOLE_S):
                while await _short(one):
                    await asyncio.sleep(0.5)
        assert one.router.process.poll() is None, "the router ended"
    note = f"kill -9 of each node in turn, {RATE} events/s"
    yield Figure("longest wait of an event through a broker's death", "s", tuple(longest), note)


async def _short(one: Running) -> int:
    """Partitions that some node lacks."""
    client = AIOKafkaClient(bootstrap_servers=brokers.status(one.kafka).bootstrap, **one.client)
    try:
        await client.bootstrap()
        places = [place for own in client.cluster._partitions.values() for place in own.values()]
        return sum(len(place.isr) < WHOLE.nodes for place in places)
    finally:
        await client.close()
