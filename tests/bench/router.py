"""A router on real brokers: events a second, its process's CPU, the delay of an event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Final

from contracts.envelope.wire import Inbound
from tests.bench import core, floor
from tests.bench.forms import Form, Running, running
from tests.bench.measure import (
    ROUNDS,
    Figure,
    as_a_service,
    beside,
    quantile,
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
        for at in range(WARM, len(records), BURST):
            burst, pid = records[at : at + BURST], one.router.process.pid
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
        count, what = EVENTS * ROUNDS, f"delay {form.name}"
        records = await asyncio.to_thread(core.published, count, what)
        async with running(form) as one:
            rounds = [
                await waits(one, records[at:][:EVENTS], RATE) for at in range(0, count, EVENTS)
            ]
        for part, values in zip(PARTS, zip(*rounds, strict=True), strict=True):
            note = f"first round {shown(values[0])} ms"
            yield Figure(f"router, {RATE} events/s, p{part}: {form.name}", "ms", values, note)


async def waits(one: Running, records: Sequence[Inbound], rate: float) -> list[float]:
    """The `PARTS` of a round, from committed to deliverable, milliseconds."""
    seconds = [seen - done for _, done, seen in await one.offered(records, rate)]
    return [quantile(seconds, part) * 1e3 for part in PARTS]
