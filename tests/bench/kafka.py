"""Figures on one real broker with real processes: rate, CPU, delay, start-up and memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from contracts.envelope.wire import Inbound
from services.play.kafka.brokers import start, stop
from services.play.kafka.fetch import fetch_jars
from services.play.run.launch import launched
from services.play.run.plan import Plan
from tests.bench import core, load
from tests.bench.measure import ROUNDS, Figure, as_a_service, quantile
from tests.contracts.envelope.kit import NOW
from tests.kafka import kit

WARM: Final = 200  # events before the first round, so that no round pays for first times
BURST: Final = 1000  # events of a round
HELD_S: Final = 4.0  # of the steady load of a round
DESK: Final = "crip"  # whom the events are for
STARTS: Final = 5


async def figures() -> AsyncIterator[Figure]:
    """All of them, in the order of the table."""
    await asyncio.to_thread(fetch_jars)
    records = await asyncio.to_thread(core.published, WARM + ROUNDS * BURST, 1, "kafka")
    one, cpu = await _rate(records)
    yield one
    yield cpu
    async for figure in _delays(records, one.median / 2):
        yield figure
    async for figure in _starts():
        yield figure


@asynccontextmanager
async def _realm() -> AsyncIterator[tuple[str, list[int]]]:
    """A broker with a realm, and its router at work: address and process ids."""
    async with prepared() as (bootstrap, home), load.routers(bootstrap, home, 1) as pids:
        yield bootstrap, pids


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


def rounds_of(records: Sequence[Inbound], size: int) -> list[Sequence[Inbound]]:
    """The events of each round, behind the warm ones."""
    return [records[WARM + at * size : WARM + (at + 1) * size] for at in range(ROUNDS)]


async def in_bursts(
    name: str, rounds: Callable[[str, Path, list[Inbound]], Awaitable[Iterable[Figure]]]
) -> AsyncIterator[Figure]:
    """What rounds over the events of one router on one broker measure: warm ones first, then bursts."""
    await asyncio.to_thread(fetch_jars)
    records = await asyncio.to_thread(core.published, WARM + ROUNDS * BURST, 1, name)
    as_a_service()
    async with prepared() as (bootstrap, home):
        for figure in await rounds(bootstrap, home, records):
            yield figure


async def _rate(records: Sequence[Inbound]) -> tuple[Figure, Figure]:
    """Bursts: from the commit of a round's events to the last delivery that a recipient sees."""
    rates, costs = list[float](), list[float]()
    async with (
        _realm() as (bootstrap, pids),
        load.watching(bootstrap, DESK) as watcher,
        load.publisher(bootstrap) as transactions,
    ):
        await load.publish(transactions, records[:WARM])
        await watcher.until([load.slip_of(one) for one in records[:WARM]])
        for burst in rounds_of(records, BURST):
            slips = [load.slip_of(one) for one in burst]
            before = sum(map(load.cpu_of, pids))
            committed = await load.publish(transactions, burst)
            await watcher.until(slips)
            rates.append(len(burst) / (max(watcher.seen[one] for one in slips) - committed))
            costs.append((sum(map(load.cpu_of, pids)) - before) / len(burst) * 1e6)
    return (
        Figure("routed events", "events/s", tuple(rates), f"bursts of {BURST}"),
        Figure("router's whole process", "µs CPU an event", tuple(costs)),
    )


async def _delays(records: Sequence[Inbound], rate: float) -> AsyncIterator[Figure]:
    """From committed (and from due) to seen, at a steady rate, with quantiles a round."""
    size = min(BURST, int(rate * HELD_S))
    after: list[list[float]] = []
    whole: list[list[float]] = []
    async with (
        _realm() as (bootstrap, _),
        load.watching(bootstrap, DESK) as watcher,
        load.publisher(bootstrap) as transactions,
    ):
        await load.publish(transactions, records[:WARM])
        await watcher.until([load.slip_of(one) for one in records[:WARM]])
        for chosen in rounds_of(records, size):
            slips = [load.slip_of(one) for one in chosen]
            times = await load.publish_at(transactions, chosen, rate)
            await watcher.until(slips)
            came = [watcher.seen[one] for one in slips]
            after.append([(at - done) * 1e3 for at, (_, done) in zip(came, times, strict=True)])
            whole.append([(at - due) * 1e3 for at, (due, _) in zip(came, times, strict=True)])
    note = f"open loop, {rate:.0f} events/s, {size} a round"
    for name, rounds in (("published", after), ("due", whole)):
        for part in (50, 99):
            found = tuple(quantile(one, part) for one in rounds)
            yield Figure(f"{name} to deliverable, p{part}", "ms", found, note)


async def _starts() -> AsyncIterator[Figure]:
    """The whole federation in a new home, then again in the same: ready, and its memory."""
    seconds, services, brokers, shared = (list[float]() for _ in range(4))
    pids: dict[str, int] = {}
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        for _ in range(1 + STARTS):
            began = time.monotonic()
            async with launched(Path(folder) / "home", Plan()) as federation:
                seconds.append(time.monotonic() - began)
                pids = federation.pids
                broker = pids.pop("kafka")
                services.append(sum(load.memory_of(pid, "Rss") for pid in pids.values()))
                shared.append(sum(load.memory_of(pid, "Pss") for pid in pids.values()))
                brokers.append(load.memory_of(broker, "Rss"))
    count = f"{len(pids)} processes"
    yield Figure("federation ready, new home", "s", tuple(seconds[:1]), "Kafka, keys and all")
    yield Figure("federation ready, again", "s", tuple(seconds[1:]), f"Kafka and {count}")
    yield Figure("memory of the services", "MB", tuple(services), f"RSS, sum of {count}")
    yield Figure("the same, shared pages once", "MB", tuple(shared), "PSS")
    yield Figure("memory of Kafka", "MB", tuple(brokers), "RSS")
