"""What TLS, rights, replication and a second shard cost, and how long a broker's death stops routing.

Each figure is taken on several forms of Kafka in turn, round by round, in one run: ratios are of the
same round. Brokers, routers and load share this machine's cores.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from aiokafka.client import AIOKafkaClient

from contracts.envelope.wire import Inbound
from services.play.kafka import brokers
from services.play.kafka.fetch import fetch_jars
from tests.bench import core, load
from tests.bench.forms import Form, Running, running
from tests.bench.measure import Figure, beside, quantile

ROUNDS: Final = 7
WARM: Final = 400  # events before the first round: Java compiles what it has run often
BURST: Final = 1000  # events of a round
HELD_S: Final = 4.0  # of the steady load of a round
PLAIN: Final = Form()
TLS: Final = Form(tls=True)
THREE: Final = Form(nodes=3)
WHOLE: Final = Form(nodes=3, tls=True)
FORMS: Final = (PLAIN, TLS, THREE, WHOLE, Form(shards=2), Form(nodes=3, tls=True, shards=2))
DEATHS: Final = 6  # each of three nodes twice
STEADY: Final = 20.0  # events/s while a node dies
DYING_S: Final = 30.0  # of that load in a round; 9 s pass until the brokers give a dead one up
BEFORE_S: Final = 5.0  # of it before the node is killed
WHOLE_S: Final = 90.0  # for a node that came back to hold everything again

Samples = dict[Form, list[float]]


async def figures() -> AsyncIterator[Figure]:
    """All of them, in the order of the table."""
    await asyncio.to_thread(fetch_jars)
    records = await asyncio.to_thread(core.published, WARM + 2 * ROUNDS * BURST, 1, "federation")
    warm, bursts = records[:WARM], records[WARM : WARM + ROUNDS * BURST]
    steady = records[WARM + ROUNDS * BURST :]
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        async with AsyncExitStack() as stack:
            forms = []
            for at, form in enumerate(FORMS):
                home = Path(folder) / str(at)
                forms.append(await stack.enter_async_context(running(form, home)))
                await _burst(forms[-1], warm)
            rates, found = await _rates(forms, bursts)
            for figure in found:
                yield figure
            for figure in await _delays(forms, steady, min(map(statistics.median, rates)) / 2):
                yield figure
        async with running(WHOLE, Path(folder) / "dying") as one:
            await _burst(one, warm)
            for figure in await _stalls(one, records[WARM:]):
                yield figure


async def _rates(
    forms: Sequence[Running], records: Sequence[Inbound]
) -> tuple[list[list[float]], list[Figure]]:
    """Bursts: from the commit of a round's events to the last delivery that a recipient sees."""
    rates, cores, costs = _empty(), _empty(), _empty()
    for at in range(ROUNDS):
        burst = records[at * BURST : (at + 1) * BURST]
        for one in _turned(forms, at):
            before, began = one.cpu_of_brokers(), time.monotonic()
            rates[one.form].append(len(burst) / await _burst(one, burst))
            spent = one.cpu_of_brokers() - before
            cores[one.form].append(spent / (time.monotonic() - began))
            costs[one.form].append(spent / len(burst) * 1e6)
    note = f"bursts of {BURST}, forms in turn"
    found = _rows("routed events", "events/s", rates, note, compared=True)
    found += _rows("cores that brokers took, burst", "cores", cores, "of this machine's")
    found += _rows("brokers, an event", "µs CPU", costs, "a burst's", compared=True)
    return list(rates.values()), found


async def _burst(one: Running, records: Sequence[Inbound]) -> float:
    """Seconds from the commit of records to the last delivery."""
    slips = [load.slip_of(record) for record in records]
    committed = await load.publish(one.transactions, records)
    await one.watcher.until(slips)
    return max(one.watcher.seen[slip] for slip in slips) - committed


async def _delays(
    forms: Sequence[Running], records: Sequence[Inbound], rate: float
) -> list[Figure]:
    """From committed (and from due) to seen, at one steady rate that every form can take."""
    size = min(BURST, int(rate * HELD_S))
    measured: dict[tuple[str, int], Samples] = {
        (name, part): _empty() for name in ("published", "due") for part in (50, 99)
    }
    cores = _empty()
    for at in range(ROUNDS):
        chosen = records[at * size : (at + 1) * size]  # without a gap: covers are chained
        for one in _turned(forms, at):
            before, began = one.cpu_of_brokers(), time.monotonic()
            after, whole = await _steady(one, chosen, rate)
            cores[one.form].append((one.cpu_of_brokers() - before) / (time.monotonic() - began))
            for (name, part), samples in measured.items():
                values = after if name == "published" else whole
                samples[one.form].append(quantile(values, part) * 1e3)
    note = f"open loop, {rate:.0f} events/s, {size} a round"
    found = [
        row
        for (name, part), samples in measured.items()
        for row in _rows(f"{name} to deliverable, p{part}", "ms", samples, note)
    ]
    return [*found, *_rows("cores that brokers took, steady", "cores", cores, note)]


async def _steady(
    one: Running, records: Sequence[Inbound], rate: float
) -> tuple[list[float], list[float]]:
    """Of each event, seconds from its commit, and from when it was due, to its delivery."""
    times = await load.publish_at(one.transactions, records, rate)
    slips = [load.slip_of(record) for record in records]
    await one.watcher.until(slips)
    came = [one.watcher.seen[slip] for slip in slips]
    pairs = list(zip(came, times, strict=True))
    return [at - done for at, (_, done) in pairs], [at - due for at, (due, _) in pairs]


async def _stalls(one: Running, records: Sequence[Inbound]) -> list[Figure]:
    """Kill each node in turn under a steady load: the longest that an event waited."""
    worst, size = list[float](), int(STEADY * DYING_S)
    for at in range(DEATHS):
        number = 1 + at % WHOLE.nodes
        chosen = records[at * size : (at + 1) * size]
        loading = asyncio.create_task(_steady(one, chosen, STEADY))
        await asyncio.sleep(BEFORE_S)
        await asyncio.to_thread(brokers.stop_node, one.kafka, number, kill=True)
        worst.append(max((await loading)[1]))
        await asyncio.to_thread(brokers.start_node, one.kafka, number)
        await _until_whole(one)
    note = (
        f"kill -9 of each node in turn, {STEADY:.0f} events/s; routers that ended: {len(one.said)}"
    )
    return [Figure("longest wait of an event through a broker's death", "s", tuple(worst), note)]


async def _until_whole(one: Running) -> None:
    """Until every node holds every partition again."""
    async with asyncio.timeout(WHOLE_S):
        while await _short(one):
            await asyncio.sleep(0.5)


async def _short(one: Running) -> int:
    """Partitions that some node lacks."""
    client = AIOKafkaClient(bootstrap_servers=brokers.status(one.kafka).bootstrap, **one.client)
    try:
        await client.bootstrap()
        places = [place for own in client.cluster._partitions.values() for place in own.values()]
        return sum(len(place.isr) < WHOLE.nodes for place in places)
    finally:
        await client.close()


def _empty() -> Samples:
    return {form: [] for form in FORMS}


def _turned(forms: Sequence[Running], by: int) -> list[Running]:
    """The forms beginning with another one each round, so that none is always the first."""
    by %= len(forms)
    return [*forms[by:], *forms[:by]]


def _rows(
    what: str, unit: str, samples: Samples, note: str, *, compared: bool = False
) -> list[Figure]:
    """One figure a form; compared: each with its ratio to the form that lacks one thing."""
    made = {
        form: Figure(f"{what}: {form.name}", unit, tuple(values), note)
        for form, values in samples.items()
    }
    if not compared:
        return list(made.values())
    return [
        beside(figure, *(made[other] for other in _peers(form))) for form, figure in made.items()
    ]


def _peers(form: Form) -> list[Form]:
    """Those that differ in one thing: without TLS, with one node, with one shard."""
    less = (replace(form, tls=False), replace(form, nodes=1), replace(form, shards=1))
    return [other for other in less if other != form and other in FORMS]
