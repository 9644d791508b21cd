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

RATE: Final = 20  # events/s
EVENTS: Final = RATE * 4  # of a round
FORMS: Final = (Form(), Form(nodes=3, tls=True))
PARTS: Final = (50, 99)


async def figures() -> AsyncIterator[Figure]:
    """p50 and p99, one form of Kafka after the other."""
    await asyncio.to_thread(fetch_jars)
    for form in FORMS:
        count, what = EVENTS * ROUNDS, f"delay {form.name}"
        records = await asyncio.to_thread(core.published, count, what)
        with TemporaryDirectory(prefix="relais-bench-") as folder:
            async with running(form, Path(folder)) as bus:
                rounds = [
                    await _waits(bus, records[at : at + EVENTS], RATE)
                    for at in range(0, count, EVENTS)
                ]
        for part in PARTS:
            values = tuple(quantile(waits, part) * 1e3 for waits in rounds)
            note = f"first round {shown(values[0])} ms"
            yield Figure(f"router, {RATE} events/s, p{part}: {form.name}", "ms", values, note)


async def _waits(bus: Running, records: Sequence[Inbound], rate: float) -> list[float]:
    """Seconds from the commit of each event until it was seen."""
    times = await load.publish_at(bus.transactions, records, rate)
    keys = [load.slip_of(record) for record in records]
    await bus.watcher.until(keys)
    return [bus.watcher.seen[key] - done for key, (_, done) in zip(keys, times, strict=True)]
