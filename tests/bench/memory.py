"""What a kept event takes: of the state alone, and of a router's whole process, before and after a start.

Each event opens a case of its own, the dearest there is: a case, an event, two assignments, two duties.
`RELAIS_CASES` says how many, 20,000 without it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from contracts.log.replaying.replay import Replayer
from services.play.kafka.fetch import fetch_jars
from tests.bench import core, load
from tests.bench.kafka import prepared
from tests.bench.measure import Figure
from tests.contracts.log.bus import Bus

CASES: Final = 20_000
TRACED: Final = 5_000  # of the pure core: tracing is slow
AT_ONCE: Final = 500  # events of a batch
DESK: Final = "crip"
_MIB: Final = 1 << 20


def states() -> Iterator[Figure]:
    """Bytes an event of the state of a router at work, of one that starts anew, of an auditor."""
    bus, other, kept = core.begun(), core.begun(), list[object]()
    _work(bus)
    tracemalloc.start()
    try:
        live = _traced(lambda: _work(other, forget=True))
        anew = _traced(lambda: kept.extend(bus.rebuilt(number) for number in bus.routers))
        kept.clear()
        audit = _traced(lambda: kept.extend(_replayed(bus)))
    finally:
        tracemalloc.stop()
    note = f"{TRACED:,} events, a case each; event ids still remembered included"
    for name, size in (("at work", live), ("started anew", anew), ("of an auditor", audit)):
        yield Figure(f"state {name}", "bytes an event", (size / TRACED,), note)


def _traced(work: Callable[[], object]) -> int:
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    work()
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - before


def _work(bus: Bus, *, forget: bool = False) -> None:
    """Route events; what is written is forgotten where the state alone is looked at."""
    for at in range(0, TRACED, AT_ONCE):
        bus.route(*core.published(AT_ONCE, 1, f"memory {at}"))
        if forget:
            bus.written.clear()


def _replayed(bus: Bus) -> list[Replayer]:
    ids: dict[str, int] = {}
    found = [Replayer(bus.name, number, bus.registry, ids) for number in bus.routers]
    for replayer in found:
        evidence = bus.evidence(replayer.site.partition)
        for row in bus.log(replayer.site.partition):
            replayer.step(row.value, tuple(row.headers), evidence[row.key.decode()])
    return found


async def processes() -> AsyncIterator[Figure]:
    """A router's resident memory: without cases, what each more takes, and after a start over all.

    What a case takes is the difference of two fills: a process's buffers are full long before.
    """
    cases = int(os.environ.get("RELAIS_CASES", CASES))
    await asyncio.to_thread(fetch_jars)
    async with prepared() as (bootstrap, home):
        rest, quarter, half = await _lived(bootstrap, home, (0, cases // 4, cases // 2))
        anew, full = await _lived(bootstrap, home, (cases // 2, cases))
        (again,) = await _lived(bootstrap, home, (cases,))
    yield Figure("router without cases", "MiB", (rest / _MIB,), "RSS")
    yield Figure(
        "router at work", "bytes a case", ((half - quarter) / (cases // 4),), _note(full, cases)
    )
    yield Figure(
        "router started anew", "bytes a case", ((again - anew) / (cases // 2),), _note(again, cases)
    )


def _note(size: int, cases: int) -> str:
    return f"at most {size / _MIB:.0f} MiB with {cases:,} cases"


async def _lived(bootstrap: str, home: Path, fills: Sequence[int]) -> list[int]:
    """Most resident memory of a router that starts with the first number of cases, at each number."""
    found = []
    async with load.routers(bootstrap, home, 1) as (pid,):
        for before, cases in pairwise((fills[0], *fills)):
            await _routed(bootstrap, range(before, cases, AT_ONCE))
            found.append(int(load.highest_of(pid) * _MIB))
    return found


async def fill(bootstrap: str, home: Path, cases: int) -> None:
    """Let a router route so many events, a case each."""
    async with load.routers(bootstrap, home, 1):
        await _routed(bootstrap, range(0, cases, AT_ONCE))


async def _routed(bootstrap: str, numbers: Iterable[int]) -> None:
    async with load.watching(bootstrap, DESK) as watcher, load.publisher(bootstrap) as writer:
        for at in numbers:
            records = await asyncio.to_thread(core.published, AT_ONCE, 1, f"memory {at}")
            await load.publish(writer, records)
            await watcher.until([load.slip_of(one) for one in records])
