"""How long an event waits when its router is killed and another is started at once, under load."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from contracts.envelope.wire import Inbound
from services.platform.kafka.writing.transactions import Transactions
from services.play.kafka import ports
from services.play.kafka.fetch import fetch_jars
from tests.bench import core, load
from tests.bench.measure import ROUNDS, Figure
from tests.bench.router import DESK, prepared
from tests.kafka import kit

RATE: Final = 20  # events/s
HELD_S: Final = 8.0  # of that load in a round
BEFORE_S: Final = 2.0  # of it before the kill
EARLIER: Final = 2_000  # events in the log before the first round


async def figures() -> AsyncIterator[Figure]:
    """The longest wait of a round."""
    await asyncio.to_thread(fetch_jars)
    size = int(RATE * HELD_S)
    records = await asyncio.to_thread(core.published, EARLIER + ROUNDS * size, "takeover")
    longest = list[float]()
    async with (
        prepared() as (bootstrap, home),
        load.watching(bootstrap, DESK) as watcher,
        load.publisher(bootstrap) as transactions,
    ):
        with _replaced(bootstrap, home) as router:
            await load.publish(transactions, records[:EARLIER])
            await watcher.until([load.slip_of(record) for record in records[:EARLIER]])
            for at in range(ROUNDS):
                chosen = records[EARLIER + at * size : EARLIER + (at + 1) * size]
                longest.append(await _round(router, watcher, transactions, chosen))
    note = f"{RATE} events/s, {EARLIER:,} events in the log, another started at once"
    yield Figure("longest wait through a router's kill -9", "s", tuple(longest), note)


class _Router:
    """One routing process, and how it is replaced."""

    def __init__(self, bootstrap: str, home: Path) -> None:
        self._home, self._bootstrap = home, bootstrap
        self._port = ports.choose(["router"], {})["router"]
        self.replace()

    def replace(self) -> None:
        """Start another on the same port; the former is dead."""
        self.process = kit.start_router(
            self._bootstrap, self._home, self._home / "router.log",
            http_port=self._port, log_level="WARNING",
        )  # fmt: skip

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.process.kill()
        self.process.wait()


@contextmanager
def _replaced(bootstrap: str, home: Path) -> Iterator[_Router]:
    router = _Router(bootstrap, home)
    try:
        yield router
    finally:
        router.kill()


async def _round(
    router: _Router,
    watcher: load.Watcher,
    transactions: Transactions,
    records: Sequence[Inbound],
) -> float:
    loading = asyncio.create_task(load.publish_at(transactions, records, RATE))
    await asyncio.sleep(BEFORE_S)
    await asyncio.to_thread(router.kill)
    router.replace()
    keys = [load.slip_of(record) for record in records]
    times = await loading
    await watcher.until(keys)
    return max(watcher.seen[key] - done for key, (_, done) in zip(keys, times, strict=True))
