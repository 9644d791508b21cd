"""One bus for the contract: to the simulated Kafka, or to a real one, which promise the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

import httpx
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.client import AIOKafkaClient

from contracts.envelope.wire import Inbound, Outbound
from contracts.kafka.topic_plan import PlannedTopic
from services.operate.topics import apply_topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.clients import clients
from services.platform.kafka.connection.connection import Tls
from services.platform.kafka.writing.transactions import Transactions
from services.platform.ports import Ports
from tests.patience import PATIENCE
from tests.simulation.kafka import SimKafka
from tests.simulation.network import greeted

LIMIT: Final = 20_000  # bytes of a batch in the test's topic
SIMULATED: Final = "simulated:9092"
CONFIGS: Final = (("max.message.bytes", str(LIMIT)), ("message.timestamp.type", "LogAppendTime"))


@dataclass(frozen=True)
class Tried(Bus):
    """A bus to a Kafka with one topic of two partitions for a test alone.

    Attributes:
        sim: the simulated one; None: a real one is at `bootstrap`.
        made: topics that the test made beside its own.
        apps: what listens, by port, where nothing is real.
        writers: that the test began, to be stopped.
    """

    topic: str = "test"
    sim: SimKafka | None = None
    made: list[str] = field(default_factory=list)
    apps: dict[int, Any] = field(default_factory=dict)
    writers: list[Transactions] = field(default_factory=list)

    @property
    def tls(self) -> Tls | None:
        """The files of its certificate."""
        return getattr(self.client.get("ssl_context"), "tls", None)

    def place(self, number: int = 0) -> TopicPartition:
        """A partition of the test's topic."""
        return TopicPartition(self.topic, number)

    def now_ms(self) -> int:
        """The broker's clock."""
        return time.time_ns() // 1_000_000 if self.sim is None else self.sim.now_ms()

    async def make(self, *planned: PlannedTopic) -> None:
        """Make topics."""
        self.made.extend(topic.name for topic in planned)
        if self.sim is None:
            await apply_topics(self.bootstrap, list(planned), tls=self.tls)
        else:
            self.sim.make(planned)

    async def drop_before(self, place: TopicPartition, offset: int) -> None:
        """Keep nothing before an offset."""
        if self.sim is not None:
            self.sim.topics[place.topic][place.partition].drop_before(offset)
            return
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, **self.client)
        await admin.start()
        try:
            await admin.delete_records({place: RecordsToDelete(before_offset=offset)})
        finally:
            await admin.close()

    async def compacted(self, place: TopicPartition, left: int) -> None:
        """Wait until a compacted partition keeps so many records."""
        await asyncio.sleep(0.1)  # until the last marker is written
        if self.sim is not None:
            self.sim.topics[place.topic][place.partition].compact()
        async with asyncio.timeout(PATIENCE):
            while len(await self.read(place)) > left:
                await asyncio.sleep(1)

    async def writer(self, *ids: str, **options: Any) -> Transactions:
        """An owner of transactional ids, by default the test's two."""
        names = ids or (f"{self.topic}.a", f"{self.topic}.b")
        found = Transactions(self.bootstrap, names, **self.client, **options)
        await found.start()
        self.writers.append(found)
        return found

    async def close(self) -> None:
        """Stop the writers."""
        while self.writers:
            await self.writers.pop().stop()

    @asynccontextmanager
    async def client_of(self, kind: str, **options: Any) -> AsyncIterator[Any]:
        """A started consumer or producer."""
        made = getattr(clients(), kind)(bootstrap_servers=self.bootstrap, **self.client, **options)
        try:
            await made.start()
            yield made
        finally:
            await made.stop()

    async def put(self, *values: bytes, partition: int = 0) -> None:
        """Write outside any transaction."""
        async with self.client_of("producer", acks="all") as producer:
            sent = [await producer.send(self.topic, one, b"k", partition) for one in values]
            await asyncio.gather(*sent)

    async def read(self, *places: TopicPartition, start: int | None = None) -> list[Inbound]:
        """What a reader finds in some partitions, by default both, as far as they are stable."""
        async with self.reader() as reader:
            starts = dict.fromkeys(places or (self.place(0), self.place(1)), start)
            return [one async for batch in reader.read(starts) for one in batch]

    async def values(self, topic: str = "") -> list[bytes | None]:
        """What stands in a topic once every transaction has its marker."""
        places = [TopicPartition(topic or self.topic, number) for number in (0, 1)]
        hasty = self.reader(isolation_level="read_uncommitted")
        async with self.reader() as reader, hasty, asyncio.timeout(PATIENCE):
            while await reader.ends(places) != await hasty.ends(places):
                await asyncio.sleep(0.05)
        return [one.value for one in await self.read(*places)]

    async def page(self, port: int, path: str) -> str:
        """What a service answers; empty while nobody listens."""
        if self.sim is not None and port not in self.apps:
            return ""
        sim = httpx.ASGITransport(self.apps[port]) if port in self.apps else None
        async with httpx.AsyncClient(transport=sim, trust_env=False) as client:
            with suppress(httpx.HTTPError):
                return (await client.get(f"http://127.0.0.1:{port}{path}")).text
        return ""

    def record(
        self, value: bytes, partition: int = 0, topic: str = "", key: bytes = b"k"
    ) -> Outbound:
        """A record of the test's topic."""
        return Outbound(topic or self.topic, partition, key, value, [("name", b"\xff")])


async def commit(
    transactions: Transactions,
    *records: Outbound,
    last: Callable[[], Awaitable[object]] | None = None,
) -> int | None:
    """One transaction; `last` is awaited in it after everything was sent."""
    async with transactions.transaction() as transaction:
        await transaction.send(*records)
        if last is not None:
            await last()
    return transaction.appended_ms


@contextmanager
def tampered(
    name: str, do: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
) -> Iterator[list[str]]:
    """What happens to each request of a name, instead of its being sent; how often."""
    send, seen = AIOKafkaClient.send, list[str]()

    async def other(client: AIOKafkaClient, node: int, request: Any, **more: Any) -> Any:
        if type(request).__name__ != f"{name}Request":
            return await send(client, node, request, **more)
        seen.append(name)
        return await do(lambda: send(client, node, request, **more))

    with patch.object(AIOKafkaClient, "send", other):
        yield seen


def simulated(marker_s: Callable[[], float] = lambda: 0.0) -> tuple[Tried, Ports]:
    """A simulated Kafka, and the ports of a process that uses it."""
    topic, sim = "test", SimKafka(marker_s)
    sim.make([PlannedTopic(topic, 2, CONFIGS)])
    loop: Any = asyncio.get_running_loop()
    found = Tried(SIMULATED, sim=sim)

    @asynccontextmanager
    async def serve(app: Any, _host: str, port: int) -> AsyncIterator[int]:
        found.apps[port] = app
        yield port

    nobody = httpx.MockTransport(lambda _request: httpx.Response(503))
    http = SimpleNamespace(serve=serve, transport=lambda: nobody)
    return found, Ports(sim.clients(), loop.wall_ns, loop.time, connect=greeted, http=http)
