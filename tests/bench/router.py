"""What a router's process takes for an event, beside the floor of the same run; events a second.

Bursts of events on one real broker; of each burst the process's CPU by the kernel's count, and the
floor over the same events in our own process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from contracts.envelope.wire import Inbound
from services.play.kafka.brokers import start, stop
from services.play.kafka.fetch import fetch_jars
from tests.bench import core, floor, load
from tests.bench.measure import ROUNDS, Figure, as_a_service, beside, timed, worked
from tests.contracts.envelope.kit import NOW
from tests.kafka import kit

WARM: Final = 200  # events before the first round, so that no round pays for first times
BURST: Final = 1000  # events of a round
DESK: Final = "crip"  # whom the events are for


async def figures() -> AsyncIterator[Figure]:
    """Events a second, the floor, the whole process."""
    await asyncio.to_thread(fetch_jars)
    records = await asyncio.to_thread(core.published, WARM + ROUNDS * BURST, "router")
    as_a_service()
    async with prepared() as (bootstrap, home):
        for figure in await _rounds(bootstrap, home, records):
            yield figure


@asynccontextmanager
async def prepared() -> AsyncIterator[tuple[str, Path]]:
    """A broker with an empty realm: its address, and the home of routers to come."""
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        home = Path(folder)
        kit.move_clock(home, NOW)
        node = await asyncio.to_thread(start, home / "kafka")
        try:
            await kit.prepare(node.bootstrap)
            yield node.bootstrap, home
        finally:
            await asyncio.to_thread(stop, home / "kafka")


async def _rounds(bootstrap: str, home: Path, records: list[Inbound]) -> list[Figure]:
    costs, rates, low = list[float](), list[float](), list[float]()
    async with (
        load.routers(bootstrap, home, 1) as (pid,),
        load.watching(bootstrap, DESK) as watcher,
        load.publisher(bootstrap) as transactions,
    ):
        await load.publish(transactions, records[:WARM])
        await watcher.until([load.slip_of(one) for one in records[:WARM]])
        for at in range(WARM, len(records), BURST):
            burst = records[at : at + BURST]
            slips = [load.slip_of(one) for one in burst]
            before = worked(pid)
            committed = await load.publish(transactions, burst)
            await watcher.until(slips)
            costs.append((worked(pid) - before) / BURST * 1e6)
            rates.append(BURST / (max(watcher.seen[one] for one in slips) - committed))
            batches = core.begun().route(*burst)
            low.append(timed(partial(floor.run, floor.owed(burst, batches)))[0] / BURST * 1e6)
    bare = Figure("floor", "µs CPU an event", tuple(low))
    whole = Figure("router's whole process", "µs CPU an event", tuple(costs))
    rate = Figure("routed events", "events/s", tuple(rates), f"bursts of {BURST}")
    return [rate, bare, beside(whole, bare)]
