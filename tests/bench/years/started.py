"""A real router's start on Kafka, on its first day and after years: CPU and seconds until it routes, memory.

`RELAIS_YEARS` says how many years, a tenth of one without it; `RELAIS_YEARS_LOG` names a folder with the log of
so many (`writing.py`), else it is made. The stores are folded from all of it; on Kafka lies control, whole, and of
each partition the last record, which is all that a start behind a store asks for. Then it routes more.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryDirectory
from typing import Any, Final

from aiokafka import TopicPartition

from contracts.encoding import leaf_hash
from contracts.envelope.wire import Outbound
from contracts.kafka.topic_plan import plan
from contracts.vocabulary import topics
from services.operate.topics import apply_topics
from services.platform.kafka.reading.log_reader import LogReader
from services.play.kafka import ports
from services.play.kafka.fetch import fetch_jars
from services.play.kafka.node import start, stop
from tests.bench import load
from tests.bench.measure import Figure
from tests.bench.years import folding
from tests.bench.years.figures import SEED, WORKING_DAYS, made
from tests.bench.years.model import Model
from tests.bench.years.parties import BEGAN, REALM, control, convention, in_force
from tests.bench.years.publishing import Publishing
from tests.kafka import kit

THEN: Final = 1_000  # events after a start
AT_ONCE: Final = 200
LIVES: Final = 3
READY_S: Final = 120
Record = dict[str, Any]


async def figures() -> AsyncIterator[Figure]:
    """First day, then after the years: the first start, later ones, and one after `kill -9`."""
    days = round(WORKING_DAYS * float(os.environ.get("RELAIS_YEARS", "0.1")))
    await asyncio.to_thread(fetch_jars)
    with TemporaryDirectory(prefix="relais-years-") as private:
        folder = Path(os.environ.get("RELAIS_YEARS_LOG", private))
        if folder == Path(private):
            for figure in await asyncio.to_thread(lambda: list(made(folder, days))):
                yield figure
        state, partitions = Path(private) / "state", range(topics.PARTITIONS)
        counts = await asyncio.to_thread(folding.in_two, folder, state, days, partitions)
        first, after = _Shard(1), _Shard(days)
        lasts = [_last(folder, at) for at in partitions]
        empty, home = (Path(private) / name for name in ("first", "after"))
        empty.mkdir()
        home.mkdir()
        async for figure in first.lives(empty, "on its first day", ()):
            yield figure
        state.rename(home / "state")
        size = sum(path.stat().st_blocks * 512 for path in (home / "state").iterdir())
        note = f"{sum(counts.values()):,} records of {days / WORKING_DAYS:g} years"
        yield Figure("a shard's stores", "MB", (size / 1e6,), note)
        async for figure in after.lives(home, f"after {note}", lasts):
            yield figure


def _last(folder: Path, partition: int) -> list[Record]:
    """A partition's last record and its evidence, as Kafka has them."""
    *_, row = folding.partition_rows(folder, partition)
    key = leaf_hash(row.value).encode()
    values: tuple[tuple[str, bytes, list[tuple[str, bytes]]], ...] = (
        (topics.evidence(REALM), row.evidence, []),
        (topics.decisions(REALM), row.value, list(row.headers)),
    )
    return [
        {"topic": name, "value": value, "key": key, "headers": headers, "partition": partition}
        for name, value, headers in values
    ]


@dataclass
class _Life:
    """What was seen of one life."""

    cpu: float
    seconds: float
    resident: float
    highest: float


@dataclass
class _Shard:
    """A shard on a broker of its own, on the last of so many working days."""

    days: int
    model: Model = field(init=False)

    def __post_init__(self) -> None:
        self.model = Model(f"{SEED} after", convention().calendar, self.days, a_day=THEN * LIVES)

    async def lives(
        self, home: Path, when: str, log: Sequence[list[Record]]
    ) -> AsyncIterator[Figure]:
        """Start, route, be killed, and start again, several times."""
        kit.move_clock(home, self.model.calendar.instant(self.model.working[self.days]))
        node = await asyncio.to_thread(start, home / "kafka")
        try:
            await self._prepare(node.bootstrap, log)
            lives = [await self._life(node.bootstrap, home, at) for at in range(LIVES)]
        finally:
            await asyncio.to_thread(stop, home / "kafka")
        first, *later = [begun for begun, _ in lives]
        worked = [life.highest for _, life in lives]
        yield Figure(
            f"a router {when}: first start", "s CPU", (first.cpu,), f"{first.seconds:.1f} s"
        )
        yield Figure(
            "until it routes", "s CPU", tuple(life.cpu for life in later), "behind `kill -9`"
        )
        yield Figure("until it routes, by the clock", "s", tuple(life.seconds for life in later))
        yield Figure("resident then", "MB", tuple(life.resident for life in later))
        yield Figure("resident at most until then", "MB", tuple(life.highest for life in later))
        yield Figure(f"and after {THEN:,} events more", "MB", tuple(worked), "resident at most")

    async def _prepare(self, bootstrap: str, log: Sequence[list[Record]]) -> None:
        registry = control(self.model.last_day).registry
        at = self.model.calendar.instant(self.model.working[self.days])
        await apply_topics(bootstrap, plan(convention(), in_force(registry, at)), replicas=1)
        values: list[Record] = [
            {"topic": topics.control(REALM), "value": value, "partition": 0}
            for begun, value in control(self.model.last_day).values if begun <= max(at, BEGAN)
        ]  # fmt: skip
        await kit.write(bootstrap, [*values, *(record for one in log for record in one)])

    async def _life(self, bootstrap: str, home: Path, number: int) -> tuple[_Life, _Life]:
        """From its start to `kill -9`, some events later: when it was ready, and in the end."""
        port = ports.choose(["router"], {})["router"]
        began = time.monotonic()
        process = kit.start_router(
            bootstrap, home, home / "router.log", module="tests.bench.years.router",
            http_port=port, log_level="WARNING",
        )  # fmt: skip
        try:
            await kit.ready(port, READY_S)
            ready = _seen(process.pid, began)
            await self._routed(bootstrap, number)
            return ready, _seen(process.pid, began)
        finally:
            process.send_signal(SIGKILL)
            process.wait()

    async def _routed(self, bootstrap: str, number: int) -> None:
        """Publish the first events of new situations, and wait until each has its record."""
        events = await asyncio.to_thread(self._events, number)
        places = [TopicPartition(topics.decisions(REALM), at) for at in range(topics.PARTITIONS)]
        async with LogReader(bootstrap) as reader, load.publisher(bootstrap) as writer:
            begun, left = await reader.ends(places), len(events)
            for at in range(0, len(events), AT_ONCE):
                async with writer.transaction() as transaction:
                    await transaction.send(*events[at : at + AT_ONCE])
            async with asyncio.timeout(READY_S):
                while left > 0:
                    ends = await reader.ends(places)
                    async for batch in reader.span(begun, ends):
                        left -= sum(b'"src":' in (one.value or b"") for one in batch)
                    begun = ends

    def _events(self, number: int) -> list[Outbound]:
        registry = control(self.model.last_day).registry
        first = (self.days - 1) * self.model.a_day + number * THEN
        publishing = {
            at: Publishing(self.model, registry, at, drawn=False) for at in range(topics.PARTITIONS)
        }
        begun = (told.record for own in publishing.values() for told in own.begun(first, THEN))
        return [load.outbound(record) for record in begun]


def _seen(pid: int, began: float) -> _Life:
    seconds = time.monotonic() - began
    return _Life(load.cpu_of(pid), seconds, load.memory_of(pid, "Rss"), load.highest_of(pid))
