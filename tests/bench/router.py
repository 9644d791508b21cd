"""Where a router's CPU goes as a process under load, beside the floor of the same run.

    fetch → parse → verify → decide → sign, encode → produce → commit

Bursts of events on one real broker; of each burst the process's CPU by the kernel's count, its
shares by looking (`where.py`), and the floor over the same events in our own process.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Final

from contracts.envelope.wire import Inbound
from tests.bench import core, floor, load, where
from tests.bench.kafka import BURST, DESK, WARM, in_bursts, rounds_of
from tests.bench.measure import Figure, beside, timed

MODULE: Final = "tests.bench.looked_router"


async def figures() -> AsyncIterator[Figure]:
    """The floor, the whole process, then each stage."""
    async for figure in in_bursts("router", _rounds):
        yield figure


async def _rounds(bootstrap: str, home: Path, records: list[Inbound]) -> list[Figure]:
    costs, rates, low, pure = list[float](), list[float](), list[float](), list[float]()
    looks: list[Counter[str]] = []
    counts = home / "looked.json"
    os.environ["LOOKED"] = str(counts)
    async with (
        load.routers(bootstrap, home, 1, MODULE) as (pid,),
        load.watching(bootstrap, DESK) as watcher,
        load.publisher(bootstrap) as transactions,
    ):
        await load.publish(transactions, records[:WARM])
        await watcher.until([load.slip_of(one) for one in records[:WARM]])
        for burst in rounds_of(records, BURST):
            slips = [load.slip_of(one) for one in burst]
            await asyncio.to_thread(where.told, pid, counts)
            before = load.cpu_of(pid)
            committed = await load.publish(transactions, burst)
            await watcher.until(slips)
            costs.append((load.cpu_of(pid) - before) / BURST * 1e6)
            rates.append(BURST / (max(watcher.seen[one] for one in slips) - committed))
            looks.append(await asyncio.to_thread(where.told, pid, counts))
            seconds, batches = timed(partial(core.begun().route, *burst))
            pure.append(seconds / BURST * 1e6)
            low.append(timed(partial(floor.run, floor.owed(burst, batches)))[0] / BURST * 1e6)
    return _table(costs, rates, low, pure, looks)


def _table(
    costs: list[float],
    rates: list[float],
    low: list[float],
    pure: list[float],
    looks: list[Counter[str]],
) -> list[Figure]:
    bare = Figure("floor", "µs CPU an event", tuple(low))
    path = Figure("routed event, pure path", "µs CPU an event", tuple(pure))
    whole = Figure("router's whole process", "µs CPU an event", tuple(costs))
    rate = Figure("routed events", "events/s", tuple(rates), f"bursts of {BURST}")
    rows = [
        rate,
        bare,
        beside(path, bare),
        beside(whole, bare),
    ]
    return [*rows, *where.shares(whole, looks)]
