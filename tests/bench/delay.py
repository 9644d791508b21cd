"""From published to deliverable, beside a bare echo with the same clients in the same run.

Offered without waiting, at several rates, by one publisher and to one watcher; router and echo are
processes of their own, measured in turn. The first round is the first that the brokers ever see:
nothing is warmed up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from contracts.vocabulary.principals import ADMIN
from services.platform.kafka.connection.connection import tls_of
from services.play.kafka import brokers
from services.play.kafka.fetch import fetch_jars
from tests.bench import core, echo, load
from tests.bench.forms import Form, Running, running
from tests.bench.load import Watcher
from tests.bench.measure import ROUNDS, Figure, beside, quantile, shown
from tests.kafka import kit

RATES: Final = (20, 100, 400)  # events/s
HELD_S: Final = 4.0  # of a rate in a round
FORMS: Final = (Form(), Form(nodes=3, tls=True))
PARTS: Final = (50, 99)


async def figures() -> AsyncIterator[Figure]:
    """p50 and p99 of echo and router at each rate, one form of Kafka after the other."""
    await asyncio.to_thread(fetch_jars)
    count = sum(_size(rate) for rate in RATES) * ROUNDS
    for form in FORMS:
        records = await asyncio.to_thread(core.published, count, 1, f"delay {form.name}")
        with TemporaryDirectory(prefix="relais-bench-") as folder:
            async with running(form, Path(folder)) as bus, _echoing(bus) as watcher:
                for figure in await _rounds(bus, watcher, records):
                    yield figure


@asynccontextmanager
async def _echoing(bus: Running) -> AsyncIterator[Watcher]:
    """The echo at work as `admin`, and who watches what comes back."""
    bootstrap, home = brokers.status(bus.kafka).bootstrap, bus.kafka.parent
    names = (echo.SOURCE, echo.TARGET)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **bus.client)
    await admin.start()
    try:
        await admin.create_topics(
            [NewTopic(name, topics.PARTITIONS, bus.form.nodes) for name in names]
        )
    finally:
        await admin.close()
    more = {}
    if bus.form.tls:
        own = tls_of(home / "tls", ADMIN)
        more = {"tls_ca": own.ca, "tls_cert": own.cert, "tls_key": own.key}
    process = kit.start_router(
        bootstrap, home, home / "echo.log", module=echo.__name__, log_level="WARNING", **more
    )
    try:
        async with load.watching_topic(bootstrap, echo.TARGET, **bus.client) as watcher:
            yield watcher
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


async def _rounds(bus: Running, echoed: Watcher, records: Sequence[Inbound]) -> list[Figure]:
    """Rates in turn, round by round: first the echo, then the router, each with the same events."""
    whose = {"echo": echoed, "router": bus.watcher}
    samples: dict[tuple[int, str, int], list[float]] = {}
    done = 0
    for _ in range(ROUNDS):
        for rate in RATES:
            chosen, done = records[done : done + _size(rate)], done + _size(rate)
            for who, watcher in whose.items():
                sent = list(map(_for_echo, chosen)) if who == "echo" else chosen
                waits = await _waits(bus, watcher, sent, rate)
                for part in PARTS:
                    samples.setdefault((rate, who, part), []).append(quantile(waits, part) * 1e3)
    made = {
        (rate, who, part): Figure(
            f"{who}, {rate} events/s, p{part}: {bus.form.name}", "ms", tuple(values)
        )
        for (rate, who, part), values in samples.items()
    }
    return [
        _first_told(beside(figure, made[rate, "echo", part]) if who == "router" else figure)
        for (rate, who, part), figure in made.items()
    ]


def _first_told(figure: Figure) -> Figure:
    """With its first round, of brokers that have just started, in words."""
    first = f"first round {shown(figure.values[0])} ms"
    return replace(figure, note="; ".join(filter(None, (figure.note, first))))


async def _waits(
    bus: Running, watcher: Watcher, records: Sequence[Inbound], rate: float
) -> list[float]:
    """Seconds from the commit of each event until it was seen."""
    times = await load.publish_at(bus.transactions, records, rate)
    keys = [load.slip_of(record) for record in records]
    await watcher.until(keys)
    return [watcher.seen[key] - done for key, (_, done) in zip(keys, times, strict=True)]


def _for_echo(record: Inbound) -> Inbound:
    return replace(record, topic=echo.SOURCE, key=load.slip_of(record))


def _size(rate: int) -> int:
    return int(rate * HELD_S)
