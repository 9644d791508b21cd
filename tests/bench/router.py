"""What a router's process takes for an event, beside the floor of the same run; events a second.

Bursts of events on one real broker; of each burst the process's CPU by the kernel's count, and the
floor over the same events in our own process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from tests.bench import core, floor
from tests.bench.forms import Form, running
from tests.bench.measure import ROUNDS, Figure, as_a_service, beside, timed, worked

WARM: Final = 200  # events before the first round, so that no round pays for first times
BURST: Final = 1000  # events of a round


async def figures() -> AsyncIterator[Figure]:
    """Events a second, the floor, the whole process."""
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
