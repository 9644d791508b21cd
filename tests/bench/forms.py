"""Forms of Kafka, each with a realm at work: brokers, a router, a load and a watcher."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contracts.envelope.wire import Inbound
from contracts.log.orders.layout import ordered
from contracts.vocabulary.principals import ADMIN, routing
from services.operate.rights import apply_rights
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.connection import Tls, client_options, tls_of
from services.platform.kafka.orders.control import read_registry
from services.platform.kafka.writing.transactions import Transactions
from services.play.certificates.ca import ensure_certificate
from services.play.kafka import brokers, ports
from services.play.kafka.fetch import fetch_jars
from tests.bench import load
from tests.bench.load import Watcher
from tests.contracts.convention.kit import convention
from tests.contracts.decision.policy import rights
from tests.contracts.envelope.kit import NOW, realm
from tests.contracts.log.first_orders import owners
from tests.kafka import kit

DESK = "crip"  # whom the events are for
ROUTER = routing(kit.REALM, 0)


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


@dataclass(frozen=True)
class Running:
    """A form at work."""

    home: Path
    kafka: Path
    bootstrap: str
    client: Mapping[str, Any]
    router: Router
    transactions: Transactions
    watcher: Watcher

    async def routed(self, records: Sequence[Inbound]) -> float:
        """Publish at once; seconds from the commit to the last delivery."""
        slips = [load.slip_of(record) for record in records]
        committed = await load.publish(self.transactions, records)
        await self.watcher.until(slips)
        return max(self.watcher.seen[slip] for slip in slips) - committed

    async def offered(
        self, records: Sequence[Inbound], rate: float
    ) -> list[tuple[float, float, float]]:
        """Publish so many a second; of each when it was due, committed and delivered."""
        times = await load.publish_at(self.transactions, records, rate)
        slips = [load.slip_of(record) for record in records]
        await self.watcher.until(slips)
        return [(*both, self.watcher.seen[slip]) for slip, both in zip(slips, times, strict=True)]


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
        watcher = await stack.enter_async_context(load.watching(begun.bootstrap, DESK, **client))
        ids = "bench.a", "bench.b"  # in turn, as an agency's intake has two
        transactions = await stack.enter_async_context(Transactions(begun.bootstrap, ids, **client))
        yield Running(home, kafka, begun.bootstrap, client, router, transactions, watcher)


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
