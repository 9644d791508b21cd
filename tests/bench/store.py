"""A router whose store holds very many open cases: its start, and its memory at work.

The cases are laid into the store of a small log, behind its last record, between two lives of the
router: `RELAIS_CASES` says how many, 100,000 without it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.orders.control import read_registry
from services.routing.store import StateStore
from tests.bench import core
from tests.bench.forms import Form, Router, running
from tests.bench.measure import ROUNDS, Figure, resident, timed, worked
from tests.contracts.log.first_orders import owners
from tests.kafka import kit

CASES: Final = 100_000
FIRST: Final = 400  # events of the log that the store is filled behind
THEN: Final = 2_000  # routed over a full store


async def figures() -> AsyncIterator[Figure]:
    """CPU of a start until it is ready, most memory until then and after some thousand events."""
    cases = int(os.environ.get("RELAIS_CASES", CASES))
    records = await asyncio.to_thread(core.published, FIRST + THEN, "store")
    async with running(Form()) as one:
        await one.routed(records[:FIRST])
        registry = await read_registry(Bus(one.bootstrap).reader(), kit.REALM, owners())
        one.router.process.terminate()  # it writes its store as it ends
        await asyncio.to_thread(one.router.process.wait)
        (path,) = one.home.rglob(f"{kit.REALM}-0.sqlite")
        await asyncio.to_thread(_fill, path, registry, cases // topics.PARTITIONS)
        seconds, memory = list[float](), list[float]()
        for _ in range(ROUNDS):
            one.router.replace()
            await one.router.ready()
            seconds.append(worked(one.router.process.pid))
            memory.append(_most(one.router))
        await one.routed(records[FIRST:])
        full, size = _most(one.router), path.stat().st_size >> 20
        one.router.process.terminate()
        await asyncio.to_thread(one.router.process.wait)
        erasures = await asyncio.to_thread(_erased, path, registry)
    note = f"{cases:,} open cases, a store of {size:,} MiB"
    yield Figure("a router's start until it is ready", "s of CPU", tuple(seconds), note)
    yield Figure("a router that is ready", "MiB", tuple(memory), f"most so far; {note}")
    yield Figure("a router at work", "MiB", (full,), f"most so far, {THEN:,} events later; {note}")
    yield Figure("an erasure, for which its shard stands still", "s of CPU", erasures, note)


def _most(router: Router) -> float:
    return resident(router.process.pid, "VmHWM") / (1 << 20)


def _erased(path: Path, registry: Registry) -> tuple[float, ...]:
    """Times of the write that leaves nothing of an erased case, whatever the order says of it."""
    with closing(StateStore(path, kit.REALM)) as store:
        store.check_known(registry)
        write = partial(store.write_states, {}, forgets=True)
        return tuple(timed(write)[0] for _ in range(ROUNDS))


def _fill(path: Path, registry: Registry, share: int) -> None:
    """Lay so many cases a partition into a store, each partition's tail left where its log ends."""
    store, bus = StateStore(path, kit.REALM), core.begun()
    store.check_known(registry)
    for number in range(topics.PARTITIONS):
        state, reach = store.begun(number)
        tail = state.tail
        assert reach is not None
        for _ in core.settled(bus, number, share, state):
            state.tail = tail
            store.write({number: (state, reach)})
    store.close()
