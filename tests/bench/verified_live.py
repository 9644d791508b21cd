"""A bundle verified beside the router that wrote its records: a real process on a real broker, in bursts.

    burst → the router's CPU by the kernel's count → export → verify, this thread's CPU → the burst on the pure path

Each round verifies all that was routed so far; both are CPU a record, taken in turn.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Final

from contracts.envelope.wire import Inbound
from services.audit.bundle.export import ExportRequest, export
from services.audit.bundle.verify import checked, checked_heads, registries_of, verify
from services.audit.source import KafkaLog
from tests.bench import core, load
from tests.bench.kafka import BURST, DESK, WARM, in_bursts, rounds_of
from tests.bench.measure import Figure, beside, timed
from tests.contracts.envelope.kit import NOW
from tests.kafka import kit
from tests.services.audit.bundle.memory_log import AUDITOR, ignored

UNIT: Final = "µs CPU a record"


async def figures() -> AsyncIterator[Figure]:
    """The router's process, the pure path, then verify beside both."""
    async for figure in in_bursts("verified", _rounds):
        yield figure


async def _rounds(bootstrap: str, home: Path, records: list[Inbound]) -> list[Figure]:
    live, pure, again = list[float](), list[float](), list[float]()
    async with (
        load.routers(bootstrap, home, 1) as (pid,),
        load.watching(bootstrap, DESK) as watcher,
        load.publisher(bootstrap) as transactions,
    ):
        await load.publish(transactions, records[:WARM])
        await watcher.until([load.slip_of(one) for one in records[:WARM]])
        for burst in rounds_of(records, BURST):
            before = load.cpu_of(pid)
            await load.publish(transactions, burst)
            await watcher.until([load.slip_of(one) for one in burst])
            live.append((load.cpu_of(pid) - before) / BURST * 1e6)
            again.append(await asyncio.to_thread(_verified, bootstrap, home / "bundle.zip"))
            pure.append(timed(partial(core.begun().route, *burst))[0] / BURST * 1e6)
    process = Figure("live router's process, in bursts", UNIT, tuple(live), f"bursts of {BURST}")
    path = Figure("the same events, pure path", UNIT, tuple(pure))
    return [
        process,
        path,
        beside(Figure("bundle verified, one core", UNIT, tuple(again)), process, path),
    ]


def _verified(bootstrap: str, path: Path) -> float:
    """µs of CPU a record of this thread, from opening the file to the verdict."""
    log = KafkaLog(bootstrap)
    export(ExportRequest(log, (kit.REALM,), kit.owners(), AUDITOR, NOW, "relais bench"), path)
    began = time.thread_time()
    with checked(path, "", ignored) as bundle:
        held = checked_heads(bundle, kit.owners(), registries_of(bundle, kit.owners()))
        verdict = verify(bundle, kit.owners(), ignored, held)
    assert not verdict.unaudited
    return (time.thread_time() - began) / verdict.records * 1e6
