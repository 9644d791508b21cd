"""From published to deliverable, offered without waiting, by one publisher and to one watcher.

The first round is the first that the brokers ever see: nothing is warmed up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from contracts.envelope.wire import Inbound
from services.play.kafka.fetch import fetch_jars
from tests.bench import core, load
from tests.bench.forms import Form, Running, running
from tests.bench.measure import ROUNDS, Figure, quantile, shown

RATES: Final = (20, 100, 400)  # events/s
HELD_S: Final = 4.0  # of a rate in a round
FORMS: Final = (Form(), Form(nodes=3, tls=True))
PARTS: Final = (50, 99)


async def figures() -> AsyncIterator[Figure]:
    """p50 and p99 at each rate, one form of Kafka after the other."""
    await asyncio.to_thread(fetch_jars)
    count = sum(_size(rate) for rate in RATES) * ROUNDS
    for form in FORMS:
        records = await asyncio.to_thread(core.published, count, 1, f"delay {form.name}")
        with TemporaryDirectory(prefix="relais-bench-") as folder:
            async with running(form, Path(folder)) as bus:
                for figure in await _rounds(bus, records):
                    yield figure


async def _rounds(bus: Running, records: Sequence[Inbound]) -> list[Figure]:
    """Rates in turn, round by round."""
    samples: dict[tuple[int, int], list[float]] = {}
    done = 0
    for _ in range(ROUNDS):
        for rate in RATES:
            chosen, done = records[done : done + _size(rate)], done + _size(rate)
            waits = await _waits(bus, chosen, rate)
            for part in PARTS:
                samples.setdefault((rate, part), []).append(quantile(waits, part) * 1e3)
    return [
        Figure(
            f"router, {rate} events/s, p{part}: {bus.form.name}", "ms", tuple(values),
            f"first round {shown(values[0])} ms",
        )
        for (rate, part), values in samples.items()
    ]  # fmt: skip


async def _waits(bus: Running, records: Sequence[Inbound], rate: float) -> list[float]:
    """Seconds from the commit of each event until it was seen."""
    times = await load.publish_at(bus.transactions, records, rate)
    keys = [load.slip_of(record) for record in records]
    await bus.watcher.until(keys)
    return [bus.watcher.seen[key] - done for key, (_, done) in zip(keys, times, strict=True)]


def _size(rate: int) -> int:
    return int(rate * HELD_S)
