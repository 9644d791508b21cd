"""A real router whose stores hold very many open cases: its start and its memory, over a real log.

The cases are made, as in `store.py`, and laid into the stores of a small log behind its last record.
`RELAIS_CASES` says how many, 1,000,000 without it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.kafka.orders.control import Control
from services.platform.store.owned import look_at
from services.play.kafka.fetch import fetch_jars
from services.routing.store import StateStore, store_path
from tests.bench import core, load, store
from tests.bench.kafka import prepared
from tests.bench.measure import Figure
from tests.kafka import kit

FIRST: Final = 200  # events of the log that the stores are filled behind
THEN: Final = 4_000  # routed over full stores
AT_ONCE: Final = 200
DESK: Final = "crip"


async def figures() -> AsyncIterator[Figure]:
    """CPU of a start until it is ready, memory then and after some thousand events more."""
    cases = int(os.environ.get("RELAIS_CASES", store.CASES))
    await asyncio.to_thread(fetch_jars)
    async with prepared() as (bootstrap, home):
        _, empty, _ = await _lived(bootstrap, home, range(FIRST))
        control = Control(bootstrap, kit.REALM, kit.owners())
        await control.start()
        await control.stop()
        await asyncio.to_thread(_filled, home / "state", control.registry, cases)
        after = range(FIRST, FIRST + THEN)
        seconds, begun, worked = await _lived(bootstrap, home, after)
    note = f"{cases:,} open cases in one shard"
    yield Figure("a router without cases, ready", "MB", (empty,), "RSS, at most so far")
    yield Figure("a router until it is ready", "s of CPU", (seconds,), note)
    yield Figure("a router that is ready", "MB", (begun,), f"RSS, at most so far; {note}")
    yield Figure("a router at work", "MB", (worked,), f"after {THEN:,} events more; {note}")


async def _lived(bootstrap: str, home: Path, numbers: range) -> tuple[float, float, float]:
    """A router from its start on: CPU until it is ready, most memory until then and in the end."""
    async with load.routers(bootstrap, home, 1) as (pid,):
        seconds, begun = load.cpu_of(pid), load.highest_of(pid)
        async with load.watching(bootstrap, DESK) as watcher, load.publisher(bootstrap) as writer:
            for at in numbers[::AT_ONCE]:
                records = await asyncio.to_thread(core.published, AT_ONCE, 1, f"stored {at}")
                await load.publish(writer, records)
                await watcher.until([load.slip_of(one) for one in records])
        return seconds, begun, load.highest_of(pid)


def _filled(folder: Path, registry: Registry, cases: int) -> None:
    """Lay cases into the stores that a router has left behind."""
    for partition in range(topics.PARTITIONS):
        path = store_path(folder, kit.REALM, partition)
        found, opened = look_at(path), StateStore(path, kit.REALM, partition)
        opened.check(registry, found)
        assert opened.reached is not None
        store.fill(opened, partition, cases // topics.PARTITIONS, opened.reached)
        opened.close()
