"""From published to deliverable, offered without waiting, by one publisher and to one watcher.

The first round is the first that the brokers ever see: nothing is warmed up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

from contracts.envelope.wire import Inbound
from tests.bench import core
from tests.bench.forms import Form, Running, running
from tests.bench.measure import ROUNDS, Figure, quantile, shown

RATE: Final = 20  # events/s
EVENTS: Final = RATE * 4  # of a round
FORMS: Final = (Form(), Form(nodes=3, tls=True))
PARTS: Final = (50, 99)


async def figures() -> AsyncIterator[Figure]:
    """p50 and p99, one form of Kafka after the other."""
    for form in FORMS:
        count, what = EVENTS * ROUNDS, f"delay {form.name}"
        records = await asyncio.to_thread(core.published, count, what)
        async with running(form) as one:
            rounds = [
                await waits(one, records[at:][:EVENTS], RATE) for at in range(0, count, EVENTS)
            ]
        for part, values in zip(PARTS, zip(*rounds, strict=True), strict=True):
            note = f"first round {shown(values[0])} ms"
            yield Figure(f"router, {RATE} events/s, p{part}: {form.name}", "ms", values, note)


async def waits(one: Running, records: Sequence[Inbound], rate: float) -> list[float]:
    """The `PARTS` of a round, from committed to deliverable, milliseconds."""
    seconds = [seen - done for _, done, seen in await one.offered(records, rate)]
    return [quantile(seconds, part) * 1e3 for part in PARTS]
