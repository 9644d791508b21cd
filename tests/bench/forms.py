"""Forms of Kafka to be compared, each with a realm at work: brokers, routers, a load and a watcher.

All forms run at once, so that rounds can go from one to the next: whatever slows the machine down
for a while slows each of them down. Those that wait cost little: 3 % of a core for three idle
nodes.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from contracts.kafka.rights import rights
from contracts.log.orders.layout import ordered
from contracts.vocabulary.principals import ADMIN, routing
from services.operate.rights import apply_rights
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.connection import Tls, client_options, tls_of
from services.platform.kafka.orders.control import read_registry
from services.platform.kafka.writing.transactions import Transactions
from services.platform.settings import environment
from services.play.certificates.ca import ensure_certificate
from services.play.kafka import brokers, ports
from services.play.run.supervisor import Program, Supervisor
from tests.bench import load
from tests.bench.load import Watcher
from tests.contracts.envelope.kit import NOW, realm
from tests.kafka import kit

DESK = "crip"  # whom the events are for


@dataclass(frozen=True)
class Form:
    """A number of nodes, with TLS and rights or in the clear, and of routing processes."""

    nodes: int = 1
    tls: bool = False
    shards: int = 1

    @property
    def name(self) -> str:
        """In words."""
        what = f"{self.nodes} broker{'s' * (self.nodes > 1)}, {'TLS' if self.tls else 'plain'}"
        return what + f", {self.shards} shards" * (self.shards > 1)


@dataclass(frozen=True)
class Running:
    """A form at work."""

    form: Form
    kafka: Path
    client: Mapping[str, Any]
    transactions: Transactions
    watcher: Watcher
    supervisor: Supervisor
    said: list[str]


@asynccontextmanager
async def running(form: Form, home: Path) -> AsyncIterator[Running]:
    """Brokers, topics, rights, orders, routers, then a load and a watcher that act as `admin`."""
    kafka, folder = home / "kafka", home / "tls" if form.tls else None
    kit.move_clock(home, NOW)
    said: list[str] = []
    async with AsyncExitStack() as stack:
        stack.callback(brokers.stop, kafka)
        begun = await asyncio.to_thread(brokers.start, kafka, nodes=form.nodes, tls=folder)
        admin = tls_of(folder, ADMIN) if folder else None
        client = client_options(admin)
        await _prepare(begun.bootstrap, form, admin)
        supervisor = await stack.enter_async_context(
            Supervisor(home / "logs", home / "pids", lambda _name, what: said.append(what))
        )
        await _start_routers(supervisor, form, home, begun.bootstrap, folder)
        watcher = await stack.enter_async_context(load.watching(begun.bootstrap, DESK, **client))
        transactions = await stack.enter_async_context(load.publisher(begun.bootstrap, **client))
        yield Running(form, kafka, client, transactions, watcher, supervisor, said)


async def _prepare(bootstrap: str, form: Form, admin: Tls | None) -> None:
    """Topics and orders as `admin`; each router's own rights, which its brokers look up."""
    await kit.prepare(bootstrap, form.shards, replicas=form.nodes, tls=admin)
    if admin is None:
        return
    reader = Bus(bootstrap, client_options(admin)).reader()
    registry = await read_registry(reader, kit.REALM, kit.owners())
    directories = {kit.REALM: realm(kit.REALM).directory}
    wanted = rights(kit.convention(), directories, {kit.REALM: ordered(registry)})
    await apply_rights(bootstrap, wanted, tls=admin)


async def _start_routers(
    supervisor: Supervisor, form: Form, home: Path, bootstrap: str, folder: Path | None
) -> None:
    names = [routing(kit.REALM, shard) for shard in range(form.shards)]
    port = ports.choose(names, {})
    async with httpx.AsyncClient(timeout=2, trust_env=False) as asking:
        programs = []
        for shard, name in enumerate(names):
            more: dict[str, Any] = {"shard": shard, "shards": form.shards, "http_port": port[name]}
            if folder:
                own = ensure_certificate(folder, name)
                more |= {"tls_ca": own.ca, "tls_cert": own.cert, "tls_key": own.key}
            settings = kit.settings(bootstrap, home, log_level="WARNING", **more)
            programs.append(_program(name, environment(settings), asking, port[name]))
        await supervisor.start(programs)


def _program(
    name: str, variables: Mapping[str, str], asking: httpx.AsyncClient, port: int
) -> Program:
    async def ready() -> bool:
        try:
            return (await asking.get(f"http://127.0.0.1:{port}/ready")).status_code == 200
        except httpx.HTTPError:
            return False

    command = (sys.executable, "-m", "tests.kafka.router")
    return Program(name, command, {**variables, "PYTHONPATH": str(kit.ROOT)}, ready)
