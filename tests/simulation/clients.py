"""aiokafka's own clients, whose connections lead to a `SimKafka`; and the gate in each.

    request                  before it is done    after, before the answer is seen
    Metadata                 describe             described
    FindCoordinator          find                 found
    InitProducerId           init                 inited
    AddPartitionsToTxn       add                  added
    Produce                  send                 sent
    EndTxn                   commit, abort        committed, aborted
    Fetch                    fetch                fetched
    ListOffsets              list                 listed

A gate that sleeps makes a call late; one that raises a KafkaError loses the connection, before or
after the effect; one that never returns is what a dead process sees. What was sent is done although
who sent it waits no more, as on a network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from types import SimpleNamespace
from typing import Any, Final
from weakref import WeakSet

import aiokafka.client
import aiokafka.cluster
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import CloseReason
from aiokafka.consumer import fetcher, subscription_state
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.producer import message_accumulator
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest

from services.platform.kafka.connection.clients import Clients, Consumer
from tests.simulation.loop import SimLoop

Gate = Callable[[str], Awaitable[None]]
Answer = Callable[[Any], Awaitable[Any]]

# Of each request the version that is spoken, and what the gate is told.
_VERSIONS: Final = {0: 3, 1: 4, 2: 2, 3: 1, 10: 1, 22: 0, 24: 0, 26: 0}
SPOKEN: Final = {key: (version, version) for key, version in _VERSIONS.items()}
CALLS: Final = {
    0: ("send", "sent"), 1: ("fetch", "fetched"), 2: ("list", "listed"),
    3: ("describe", "described"), 10: ("find", "found"), 22: ("init", "inited"),
    24: ("add", "added"),
}  # fmt: skip
_END: Final = {True: ("commit", "committed"), False: ("abort", "aborted")}
# aiokafka measures some waits by the machine's clock: by the loop's, which is the same but here.
_CLOCK: Final = SimpleNamespace(
    time=lambda: asyncio.get_running_loop().time(),
    monotonic=lambda: asyncio.get_running_loop().time(),
)
for _module in (
    aiokafka.client, aiokafka.cluster, fetcher, message_accumulator, subscription_state
):  # fmt: skip
    _module.time = _CLOCK


async def open_gate(_call: str) -> None:
    """Let every call pass at once."""


class SimClients(Clients):
    """Makes one process's clients."""

    def __init__(self, wire: Wire, value: Callable[[TopicPartition, int], bytes]) -> None:
        self._wire, self._made, self._value = wire, list[Any](), value

    def consumer(self, **options: Any) -> Consumer:
        """Who reads."""
        made = super().consumer(**options)
        self._wired(made._client, made)
        return made

    def producer(self, **options: Any) -> AIOKafkaProducer:
        """Who writes."""
        made = super().producer(**options)
        made.__class__ = SimProducer
        self._wired(made.client, made)
        return made

    def admin(self, **options: Any) -> AIOKafkaAdminClient:
        """Who asks about topics and groups."""
        made = super().admin(**options)
        self._wired(made._client)
        return made

    def client(self, **options: Any) -> AIOKafkaClient:
        """Who asks what no other client does."""
        made = super().client(**options)
        self._wired(made)
        return made

    def value(self, place: TopicPartition, offset: int, _read: Any) -> bytes:
        """One record's value, as the broker has it."""
        return self._value(place, offset)

    def _wired(self, client: AIOKafkaClient, owner: Any = None) -> None:
        client.__class__, client.wire = SimClient, self._wire
        self._made.append(owner)

    def drop(self) -> None:
        """Take note that the process is dead: its clients were not closed, and never will be."""
        for made in self._made:
            if made is not None:
                made._closed = True


class SimProducer(AIOKafkaProducer):  # type: ignore[misc]  # it ships no types
    """aiokafka's producer, whose time stamps are the loop's."""

    async def send(
        self, topic: str, value: Any = None, key: Any = None, partition: Any = None,
        timestamp_ms: int | None = None, headers: Any = None,
    ) -> Any:  # fmt: skip
        """Send a record, as the class above does."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimLoop)
        stamp = loop.wall_ns() // 1_000_000 if timestamp_ms is None else timestamp_ms
        return await super().send(topic, value, key, partition, stamp, headers)


class SimClient(AIOKafkaClient):  # type: ignore[misc]  # it ships no types
    """aiokafka's client below all others, with simulated connections to the one broker."""

    wire: Wire
    _sync_task: asyncio.Task[None] | None

    async def bootstrap(self) -> None:
        """Learn of the broker."""
        try:
            self.cluster.update_metadata(await self._line().send(MetadataRequest([])))
        except (KafkaError, TimeoutError) as error:
            raise KafkaConnectionError(f"Unable to bootstrap from {self.hosts}") from error
        if self._sync_task is None:
            self._sync_task = asyncio.create_task(self._md_synchronizer())

    async def _get_conn(self, node_id: Any, *, group: Any = 0, no_hint: bool = False) -> Line:
        line: Line | None = self._conns.get((node_id, group))
        if line is None or not line.connected():
            line = self._conns[node_id, group] = self._line()
        return line

    def _line(self) -> Line:
        return Line(self.wire, self._request_timeout_ms / 1000)


class Wire:
    """From one process to Kafka."""

    def __init__(self, answer: Answer, gate: Gate) -> None:
        self._answer, self._gate = answer, gate

    async def carry(self, request: Any) -> Any:
        """Have a request done, and bring its answer."""
        made = request.prepare(SPOKEN)
        key = made.API_KEY
        before, after = CALLS[key] if key in CALLS else _END[bool(made.transaction_result)]
        await self._gate(before)
        answer = await self._answer(made)
        await self._gate(after)
        return answer


class Line:
    """A connection: its requests are answered in turn."""

    def __init__(self, wire: Wire, timeout: float) -> None:
        self._wire, self._timeout = wire, timeout
        self._turn = asyncio.Lock()
        self._sent: set[asyncio.Task[Any]] = set()
        self._fetches: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._closed = False

    def connected(self) -> bool:
        """Whether it can be used."""
        return not self._closed

    async def send(self, request: Any, *, expect_response: bool = True) -> Any:
        """Send a request, and wait for its answer within the bound."""
        # In no process's context: what is on its way is no part of who sent it, and may die.
        task = asyncio.get_running_loop().create_task(self._carry(request), context=Context())
        self._sent.add(task)
        if isinstance(request, FetchRequest):
            self._fetches.add(task)
        task.add_done_callback(self._done)
        return await asyncio.wait_for(asyncio.shield(task), self._timeout)

    async def _carry(self, request: Any) -> Any:
        async with self._turn:
            return await self._wire.carry(request)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._sent.discard(task)
        if not task.cancelled():
            task.exception()  # who waits no more is told nothing

    def close(self, reason: CloseReason | None = None, exc: Any = None) -> asyncio.Future[None]:
        """Wait for no more answers."""
        self._closed = True
        for task in self._fetches:
            task.cancel()
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done
