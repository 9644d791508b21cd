"""Two shards beside one where brokers have a core of their own, as far as two cores can show it.

A router runs for a tenth of the time: SIGCONT and SIGSTOP, forty times a second, two of them by
turns. So no two routers run at once, and broker, load and watcher always have more than a core:
what bounds the rate is what routers do, as where brokers are machines of their own.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from contracts.envelope.wire import Inbound
from services.play.kafka.fetch import fetch_jars
from tests.bench import core, load
from tests.bench.forms import Form, Running, running
from tests.bench.measure import Figure, beside

ROUNDS: Final = 7
BURST: Final = 300  # events of a round; of the one before the first, that does not count, too
TURNS: Final = 10  # of which a router has one
TURN_S: Final = 0.0025
FORMS: Final = (Form(), Form(shards=2))


async def figures() -> AsyncIterator[Figure]:
    """The rate of one shard and of two, burst by burst in turn."""
    await asyncio.to_thread(fetch_jars)
    records = await asyncio.to_thread(core.published, (ROUNDS + 1) * BURST, "shards")
    found: dict[Form, list[float]] = {form: [] for form in FORMS}
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        async with AsyncExitStack() as stack:
            forms = []
            for form in FORMS:
                home = Path(folder) / str(form.shards)
                forms.append(await stack.enter_async_context(running(form, home)))
            for at in range(ROUNDS + 1):
                for bus in forms[:: 1 if at % 2 else -1]:
                    burst = records[at * BURST : (at + 1) * BURST]
                    found[bus.form].append(await _burst(bus, burst))
    one, two = (
        Figure(f"routed events: {form.name}, by turns", "events/s", tuple(found[form][1:]))
        for form in FORMS
    )
    yield one
    yield beside(two, one)


async def _burst(one: Running, records: Sequence[Inbound]) -> float:
    """Events/s from their commit to the last delivery."""
    slips = [load.slip_of(record) for record in records]
    with _by_turns(list(one.supervisor.pids.values())):
        committed = await load.publish(one.transactions, records)
        await one.watcher.until(slips)
    last = max(one.watcher.seen[slip] for slip in slips)
    return len(records) / (last - committed)


@contextmanager
def _by_turns(pids: Sequence[int]) -> Iterator[None]:
    """Each process runs in a turn of its own, and in no other; afterwards as it likes."""
    over = threading.Event()
    turning = threading.Thread(target=_turn, args=(pids, over))
    turning.start()
    try:
        yield
    finally:
        over.set()
        turning.join()


def _turn(pids: Sequence[int], over: threading.Event) -> None:
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        while not over.is_set():
            for at in range(TURNS):
                if at % 2 == 0 and at // 2 < len(pids):
                    os.kill(pids[at // 2], signal.SIGCONT)
                    time.sleep(TURN_S)
                    os.kill(pids[at // 2], signal.SIGSTOP)
                else:
                    time.sleep(TURN_S)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
