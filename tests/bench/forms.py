"""Forms of Kafka, each with a realm at work: brokers, a router, a load and a watcher."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.encoding import digest
from contracts.envelope.wire import Inbound
from contracts.log.orders.layout import ordered
from contracts.vocabulary import topics
from contracts.vocabulary.principals import ADMIN, routing
from services.operate.rights import apply_rights
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.connection import Tls, client_options, tls_of
from services.platform.kafka.orders.control import read_registry
from services.platform.kafka.writing.transactions import Transactions
from services.platform.process.exit_codes import TransactionAbortedError
from services.play.certificates.ca import ensure_certificate
from services.play.kafka import brokers, ports
from services.play.kafka.fetch import fetch_jars
from tests.contracts.convention.kit import convention
from tests.contracts.decision.policy import rights
from tests.contracts.envelope.kit import NOW, inbox, realm
from tests.contracts.log.first_orders import owners
from tests.kafka import kit

DESK = "crip"  # whom the events are for
ROUTER = routing(kit.REALM, 0)
ROUTED_S: Final = 60.0  # for what was published to be seen in the inbox
STEP_S: Final = 0.005  # between two looks at what is due: several events may share a transaction


@dataclass(frozen=True)
class Form:
    """A number of nodes, with TLS and rights or in the clear."""

    nodes: int = 1
    tls: bool = False

    @property
    def name(self) -> str:
        """In words."""
        return f"{self.nodes} broker{'s' * (self.nodes > 1)}, {'TLS' if self.tls else 'plain'}"


class Router:
    """One routing process, and how it is replaced."""

    def __init__(self, bootstrap: str, home: Path, folder: Path | None) -> None:
        self._port = ports.choose([ROUTER], {})[ROUTER]
        more: dict[str, Any] = {"http_port": self._port, "log_level": "WARNING"}
        if folder is not None:
            own = ensure_certificate(folder, ROUTER)
            more |= {"tls_ca": own.ca, "tls_cert": own.cert, "tls_key": own.key}
        self._start = partial(kit.start_router, bootstrap, home, home / "router.log", **more)
        self.process = self._start()

    async def ready(self) -> None:
        """Wait until it is."""
        await kit.ready(self._port)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.process.kill()
        self.process.wait()

    def replace(self) -> None:
        """Kill it, and start another on the same port."""
        self.kill()
        self.process = self._start()


def slip_of(record: Inbound) -> bytes:
    """D of an event's only slip: the key of its delivery."""
    slip: str = orjson.loads(record.value or b"")["data"]["slips"][0]
    return digest(slip).encode()


@dataclass(frozen=True)
class Running:
    """A form at work.

    Attributes:
        seen: delivery to the desk -> when it was seen there, seconds since 1970.
    """

    home: Path
    kafka: Path
    bootstrap: str
    client: Mapping[str, Any]
    router: Router
    transactions: Transactions
    seen: Mapping[bytes, float]

    async def routed(self, records: Sequence[Inbound]) -> float:
        """Publish at once; seconds from the commit to the last delivery."""
        committed = await self._published(records)
        return max(await self._delivered(records)) - committed

    async def offered(
        self, records: Sequence[Inbound], rate: float
    ) -> list[tuple[float, float, float]]:
        """Publish so many a second on a schedule that waits for nobody.

        Returns:
            Of each when it was due, committed and delivered, seconds since 1970.
        """
        begin, times = time.time(), list[tuple[float, float]]()
        while len(times) < len(records):
            late = min(len(records), int((time.time() - begin) * rate) + 1)
            if not (chosen := records[len(times) : late]):
                await asyncio.sleep(STEP_S)
                continue
            committed = await self._published(chosen)
            times += [(begin + at / rate, committed) for at in range(len(times), late)]
        seen = await self._delivered(records)
        return [(*both, at) for both, at in zip(times, seen, strict=True)]

    async def _published(self, records: Sequence[Inbound]) -> float:
        """Publish in one transaction; when it was committed, seconds since 1970."""
        while True:
            with suppress(TransactionAbortedError):
                async with self.transactions.transaction() as transaction:
                    await transaction.send(*map(kit.outbound, records))
                return time.time()
            await asyncio.sleep(STEP_S)

    async def _delivered(self, records: Sequence[Inbound]) -> list[float]:
        """When each was seen, once all are."""
        slips = [slip_of(record) for record in records]
        async with asyncio.timeout(ROUTED_S):
            while not all(slip in self.seen for slip in slips):
                await asyncio.sleep(0.01)
        return [self.seen[slip] for slip in slips]


@asynccontextmanager
async def _watching(bootstrap: str, **client: Any) -> AsyncIterator[Mapping[bytes, float]]:
    """Look at the desk's inbox as a recipient does, at committed records only."""
    seen = dict[bytes, float]()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", fetch_max_wait_ms=100,
        auto_offset_reset="earliest", enable_auto_commit=False, **client,
    )  # fmt: skip
    name = inbox(kit.REALM, DESK)
    consumer.assign([TopicPartition(name, number) for number in range(topics.PARTITIONS)])

    async def read() -> None:
        while True:
            found = await consumer.getmany(timeout_ms=1000)
            now = time.time()
            for one in (one for records in found.values() for one in records):
                seen.setdefault(one.key, now)

    await consumer.start()
    reading = asyncio.create_task(read())
    try:
        yield seen
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await consumer.stop()


@asynccontextmanager
async def running(form: Form) -> AsyncIterator[Running]:
    """Brokers, topics, rights, orders, a router, then a load and a watcher that act as `admin`."""
    await asyncio.to_thread(fetch_jars)
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="relais-bench-")))
        kafka, folder = home / "kafka", home / "tls" if form.tls else None
        kit.move_clock(home, NOW)
        stack.callback(brokers.stop, kafka)
        begun = await asyncio.to_thread(brokers.start, kafka, nodes=form.nodes, tls=folder)
        admin = tls_of(folder, ADMIN) if folder else None
        client = client_options(admin)
        await _prepare(begun.bootstrap, form, admin)
        router = Router(begun.bootstrap, home, folder)
        stack.callback(router.kill)
        await router.ready()
        seen = await stack.enter_async_context(_watching(begun.bootstrap, **client))
        ids = "bench.a", "bench.b"  # in turn, as an agency's intake has two
        transactions = await stack.enter_async_context(Transactions(begun.bootstrap, ids, **client))
        yield Running(home, kafka, begun.bootstrap, client, router, transactions, seen)


async def _prepare(bootstrap: str, form: Form, admin: Tls | None) -> None:
    """Topics and orders as `admin`; each router's own rights, which its brokers look up."""
    await kit.prepare(bootstrap, replicas=form.nodes, tls=admin)
    if admin is None:
        return
    reader = Bus(bootstrap, client_options(admin)).reader()
    registry = await read_registry(reader, kit.REALM, owners())
    directories = {kit.REALM: realm(kit.REALM).directory}
    wanted = rights(convention(), directories, {kit.REALM: ordered(registry)})
    await apply_rights(bootstrap, wanted, tls=admin)
