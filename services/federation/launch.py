"""The whole federation on one machine: Apache Kafka and every service, each its own process.

    lock the home → Kafka, and keys meanwhile → topics → orders → all services side by side

Whatever happens on the way or later, everything that was started is stopped, services first, so
that their last transactions end cleanly, then Kafka.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import httpx

from contracts.scopes import AGENCIES, CIVIL, CRIMINAL, REALMS, ROLES
from services.federation.home import Home, give_first_orders, planned_topics
from services.federation.lock import alone
from services.federation.partners import PARTNERS, Partner
from services.federation.supervisor import Program, Supervisor
from services.local import node, ports
from services.local.topics import Topic, create_topics
from services.shell import clock as clocks
from services.shell.settings import (
    AgencySettings,
    AuditSettings,
    RoutingSettings,
    ServiceSettings,
    environment,
    load,
)

WEEKS: Final = 16  # that new keys cover
WATCH_S: Final = 1.0  # between two looks at whether Kafka still runs
ASK_S: Final = 2.0  # for one look at whether a service is ready
HURRY_S: Final = 2.0  # for Kafka to end when its stop was interrupted
HOST: Final = "127.0.0.1"

P = ParamSpec("P")
T = TypeVar("T")

Say = Callable[[str, str], None]  # who, what happened


@dataclass(frozen=True)
class Plan:
    """What to launch.

    Attributes:
        shards: of the civil realm's routing; the criminal one, with its two clauses, has one.
        start: seconds to which the clock is moved when the home is new; None: the real time.
        weeks: that keys cover.
        port: of the first service, the others follow; None: the last ones, or free ones.
    """

    shards: int = 1
    start: int | None = None
    weeks: int = WEEKS
    port: int | None = None

    def shards_of(self, realm: str) -> int:
        """Number of routing processes of a realm."""
        return self.shards if realm == CIVIL else 1


@dataclass(frozen=True)
class Service:
    """One process of the federation.

    Attributes:
        desks: short ids, of an agency.
    """

    name: str
    role: str
    port: int
    settings: ServiceSettings
    desks: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Where it answers HTTP."""
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True)
class Federation:
    """A federation that runs.

    Attributes:
        supervisor: of the services' processes.
    """

    home: Home
    bootstrap: str
    services: tuple[Service, ...]
    supervisor: Supervisor = field(repr=False)

    @property
    def urls(self) -> dict[str, str]:
        """Name of a service -> its address."""
        return {service.name: service.url for service in self.services}

    @property
    def pids(self) -> dict[str, int]:
        """Name -> process id, Kafka's too."""
        return {"kafka": node.status(self.home.kafka).pid, **self.supervisor.pids}


@asynccontextmanager
async def launched(
    path: Path, plan: Plan, say: Say = lambda _who, _what: None
) -> AsyncIterator[Federation]:
    """A whole federation while the block lasts.

    Args:
        path: its home; made if it does not exist.
        say: told of each step, and later of services that end by themselves.

    Raises:
        UsageError: `already_running`, `port_taken`.
        UnreachableError: Kafka or a service did not become ready.
    """
    home = Home(path.resolve())  # noqa: ASYNC240 (once, at the start)
    async with AsyncExitStack() as stack:
        stack.enter_context(alone(home.path))
        if plan.start is not None and not home.clock.exists():
            clocks.set_to(home.clock, plan.start)
        at = clocks.FileClock(home.clock).now()
        bootstrap = await _kafka_and_keys(home, plan, at, stack, say)
        say("kafka", f"runs at {bootstrap}")
        resharded = await _topics_and_orders(home, bootstrap, plan, at)
        services = plan_services(home, bootstrap, plan, resharded)
        say("services", "starting")
        supervisor = await stack.enter_async_context(Supervisor(home.logs, home.pids, say))
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=ASK_S, trust_env=False))
        await supervisor.start(program(service, client) for service in services)
        addresses = {service.name: service.url for service in services}
        home.note_addresses({"kafka": bootstrap, **addresses})
        async with _watched(home, say):
            yield Federation(home, bootstrap, services, supervisor)


async def until_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Run `work` to its end, or cancel it when `stop` is set and wait; whether it came to its end.

    Raises:
        Exception: what `work` raises.
    """
    working, asked = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, asked), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            await working
            return True
        return False
    finally:
        asked.cancel()
        if not working.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


def plan_services(
    home: Home, bootstrap: str, plan: Plan, resharded: Mapping[str, bool]
) -> tuple[Service, ...]:
    """Every process but Kafka, with its port and settings.

    Args:
        resharded: realms whose number of shards was changed now.
    """
    shards = [(realm, shard) for realm in REALMS for shard in range(plan.shards_of(realm))]
    names = [*AGENCIES, *(f"routing-{realm}-{shard}" for realm, shard in shards), "audit"]
    known = {
        name: int(str(url).rpartition(":")[2])
        for name, url in home.addresses.items()
        if name in names
    }
    port = ports.choose(names, known, plan.port)
    common: dict[str, object] = {
        "kafka": bootstrap,
        "home": home.path,
        "clock_file": home.clock,
        "play": True,
    }
    services = [
        Service(
            name, name, port[name],
            load(AgencySettings, agency=name, realms=_realms(desks), http_port=port[name], **common),
            tuple(partner.desk for partner in desks),
        )
        for name, desks in _desks_by_agency().items()
    ]  # fmt: skip
    for realm, shard in shards:
        name = f"routing-{realm}-{shard}"
        settings = load(
            RoutingSettings,
            realm=realm, shard=shard, shards=plan.shards_of(realm),
            reshard=resharded.get(realm, False), http_port=port[name], **common,
        )  # fmt: skip
        services.append(Service(name, "routing", port[name], settings))
    audit = load(AuditSettings, http_port=port["audit"], **common)
    return (*services, Service("audit", "audit", port["audit"], audit))


def program(service: Service, client: httpx.AsyncClient) -> Program:
    """How a service is started, and when it is ready."""

    async def ready() -> bool:
        try:
            return (await client.get(f"{service.url}/ready")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    command = (sys.executable, "-m", "services", "serve", service.role)
    return Program(service.name, command, environment(service.settings), ready)


def _desks_by_agency() -> dict[str, list[Partner]]:
    found: dict[str, list[Partner]] = {agency: [] for agency in AGENCIES}
    for partner in PARTNERS:
        found[ROLES[partner.role]].append(partner)
    return found


def _realms(desks: Iterable[Partner]) -> tuple[str, ...]:
    """Police and the prosecutor act in both realms (`rules.md`, Desks and roles)."""
    both = {"POL", "PARQ-CRIM"}
    return (CIVIL, CRIMINAL) if both & {desk.role for desk in desks} else (CIVIL,)


async def _kafka_and_keys(home: Home, plan: Plan, at: int, stack: AsyncExitStack, say: Say) -> str:
    """Start Kafka and make keys at the same time; Kafka's address."""
    say("kafka", "starting")
    # Registered before the start: a start that fails or is interrupted leaves nothing either.
    stack.push_async_callback(_stop_kafka, home)
    starting = asyncio.ensure_future(_in_thread(node.start, home.kafka))
    try:
        await _in_thread(home.prepare, at, plan.weeks)
    finally:
        started = await starting
    return started.bootstrap


async def _stop_kafka(home: Home) -> None:
    try:
        await _in_thread(node.stop, home.kafka)
    except asyncio.CancelledError:  # somebody is in a hurry: still, no process stays
        node.stop(home.kafka, HURRY_S)
        raise


async def _in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking function in a thread; if cancelled, wait for its end, since threads cannot be."""
    task = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _topics_and_orders(home: Home, bootstrap: str, plan: Plan, at: int) -> dict[str, bool]:
    planned = await asyncio.to_thread(planned_topics, home)
    topics = [Topic(one.name, one.partitions, dict(one.configs)) for one in planned]
    await create_topics(bootstrap, topics)
    return await give_first_orders(
        home, bootstrap, at, {realm: plan.shards_of(realm) for realm in REALMS}
    )


@asynccontextmanager
async def _watched(home: Home, say: Say) -> AsyncIterator[None]:
    """Start Kafka again when it ends by itself; services wait for it or are started again."""

    async def watch() -> None:
        while True:
            await asyncio.sleep(WATCH_S)
            if not node.status(home.kafka).running:
                say("kafka", "ended; starts again")
                await _in_thread(node.start, home.kafka)
                say("kafka", "started again")

    watching = asyncio.create_task(watch(), name="watch kafka")
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
