"""A router on real brokers: events a second, CPU, delay; how long events wait amid a death."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Final

from aiokafka.client import AIOKafkaClient

from contracts.envelope.wire import Inbound
from services.play.kafka import brokers
from tests.bench import core, floor
from tests.bench.forms import Form, Running, running
from tests.bench.measure import (
    ROUNDS,
    Figure,
    as_a_service,
    beside,
    quantile,
    rounds,
    shown,
    timed,
    worked,
)

WARM: Final = 200  # events before the first round, so that no round pays for first times
BURST: Final = 1000  # events of a round
RATE: Final = 20  # events/s
EVENTS: Final = RATE * 4  # of a round
PARTS: Final = (50, 99)


async def bursts() -> AsyncIterator[Figure]:
    """Events a second, the floor over the same events here, CPU of the whole process."""
    records = await asyncio.to_thread(core.published, WARM + ROUNDS * BURST, "router")
    as_a_service()
    costs, rates, low = list[float](), list[float](), list[float]()
    async with running(Form()) as one:
        await one.routed(records[:WARM])
        pid = one.router.process.pid
        for burst in rounds(records[WARM:], BURST):
            before = worked(pid)
            rates.append(BURST / await one.routed(burst))
            costs.append((worked(pid) - before) / BURST * 1e6)
            batches = core.begun().route(*burst)
            low.append(timed(partial(floor.run, floor.owed(burst, batches)))[0] / BURST * 1e6)
    bare = Figure("floor", "µs CPU an event", tuple(low))
    whole = Figure("router's whole process", "µs CPU an event", tuple(costs))
    yield Figure("routed events", "events/s", tuple(rates), f"bursts of {BURST}")
    yield bare
    yield beside(whole, bare)


async def delays() -> AsyncIterator[Figure]:
    """p50 and p99 from published to deliverable, offered without waiting; nothing is warmed up."""
    for form in (Form(), Form(nodes=3, tls=True)):
        what = f"delay {form.name}"
        records = await asyncio.to_thread(core.published, EVENTS * ROUNDS, what)
        async with running(form) as one:
            found = [await waits(one, own, RATE) for own in rounds(records, EVENTS)]
        for part, values in zip(PARTS, zip(*found, strict=True), strict=True):
            note = f"first round {shown(values[0])} ms"
            yield Figure(f"router, {RATE} events/s, p{part}: {form.name}", "ms", values, note)


async def waits(one: Running, records: Sequence[Inbound], rate: float) -> list[float]:
    """The `PARTS` of a round, from committed to deliverable, milliseconds."""
    seconds = [seen - done for _, done, seen in await one.offered(records, rate)]
    return [quantile(seconds, part) * 1e3 for part in PARTS]


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
        for chosen in rounds(records[EARLIER:], size):
            loading = asyncio.create_task(one.offered(chosen, RATE))
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
        for at, chosen in enumerate(rounds(records[EARLIER:], size)):
            number = 1 + at % WHOLE.nodes
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
