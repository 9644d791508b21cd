"""The whole federation on one machine: Apache Kafka and every service, each its own process.

    lock the home → Kafka, and keys meanwhile → topics, rights, orders → all services side by side

Whatever happens on the way or later, everything that was started is stopped, services first, so
that their last transactions end cleanly, then Kafka.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx

from services.operate.cleaned import choose_for_play
from services.operate.home.home import Home
from services.operate.home.lock import alone
from services.platform.kafka.bus import Bus
from services.platform.patience import patient
from services.platform.process import clock as clocks
from services.platform.process.side_by_side import beside
from services.play.certificates.ca import ensure_ca, ensure_certificate, everyone
from services.play.kafka import brokers
from services.play.run import words
from services.play.run.plan import Plan, Service, plan_services, program
from services.play.run.prepare import (
    bus_of,
    console_accounts,
    in_thread,
    note_drift,
    topics_rights_orders,
)
from services.play.run.supervisor import READY_S, Supervisor
from services.play.run.words import Say

HURRY_S: Final = 2.0  # for Kafka to end when its stop was interrupted
WATCH_S: Final = 1.0  # between two looks at whether Kafka still runs
ASK_S: Final = 2.0  # for one look at whether a service is ready


@dataclass(frozen=True)
class Federation:
    """A federation that runs.

    Attributes:
        services: each with its settings.
        supervisor: of their processes.
        passwords: of the console's accounts, where they were made just now.
    """

    home: Home
    plan: Plan
    bootstrap: str
    services: tuple[Service, ...]
    supervisor: Supervisor = field(repr=False)
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def urls(self) -> dict[str, str]:
        """Name of a service -> its address."""
        return {service.name: service.url for service in self.services}

    @property
    def pids(self) -> dict[str, int]:
        """Name -> process id, Kafka's nodes first."""
        return {**brokers.status(self.home.kafka).pids, **self.supervisor.pids}

    def bus(self, principal: str) -> Bus:
        """Kafka as a principal reaches it."""
        return bus_of(self.home, self.plan, self.bootstrap, principal)


@asynccontextmanager
async def launched(
    path: Path,
    plan: Plan,
    say: Say = lambda _who, _what: None,
    only: Collection[str] = (),
) -> AsyncIterator[Federation]:
    """A whole federation while the block lasts.

    Args:
        path: its home; made if it does not exist.
        say: told of each step, and later of who ends by itself.
        only: names of the services that are started; none named: all.

    Raises:
        UsageError: `already_running`.
        UnreachableError: Kafka or a service did not become ready.
    """
    home = Home(path.resolve())  # noqa: ASYNC240 (once, at the start)
    async with AsyncExitStack() as stack:
        stack.enter_context(alone(home.path))
        if plan.start is not None and not home.clock.exists():
            clocks.set_to(home.clock, plan.start)
        at = clocks.FileClock(home.clock).now()
        choose_for_play(home.path)
        say("kafka", words.STARTING)
        # Registered before the start: a start that fails or is interrupted leaves nothing either.
        stack.push_async_callback(_stop_kafka, home)
        bootstrap = await _kafka_and_keys(home, plan, at)
        say("kafka", f"runs at {bootstrap}")
        say("kafka", words.APPLYING)
        realms = await topics_rights_orders(home, bootstrap, plan, at)
        await note_drift(home, bootstrap, realms, plan)
        planned = plan_services(home, bootstrap, plan)
        services = tuple(one for one in planned if not only or one.name in only)
        passwords = console_accounts(home)
        say("services", words.STARTING)
        supervisor = await stack.enter_async_context(Supervisor(home.logs, home.restarts, say))
        client = await stack.enter_async_context(
            httpx.AsyncClient(timeout=patient(ASK_S), trust_env=False)
        )
        programs = [program(service, client) for service in services]
        await supervisor.start(programs, patient(READY_S))
        federation = Federation(home, plan, bootstrap, services, supervisor, passwords)
        home.note_addresses({"kafka": bootstrap, **federation.urls})
        async with beside(_watch_kafka(home, say), "watch kafka"):
            yield federation


async def _kafka_and_keys(home: Home, plan: Plan, at: int) -> str:
    """Start Kafka and make keys at the same time; Kafka's address."""
    if plan.tls:  # made or renewed; a running broker keeps its own until its next start
        await in_thread(ensure_ca, home.tls)
        for name in everyone(plan.shards, plan.nodes, home.agencies):
            await in_thread(ensure_certificate, home.tls, name)
    tls = home.tls if plan.tls else None
    start = partial(brokers.start, home.kafka, nodes=plan.nodes, tls=tls)
    starting = asyncio.ensure_future(in_thread(start))
    try:
        await in_thread(home.prepare, at, plan.weeks)
    finally:
        started = await starting
    return started.bootstrap


async def _stop_kafka(home: Home) -> None:
    try:
        await in_thread(brokers.stop, home.kafka)
    except asyncio.CancelledError:  # somebody is in a hurry: still, no process stays
        brokers.stop(home.kafka, HURRY_S)
        raise


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


async def _watch_kafka(home: Home, say: Say) -> None:
    """Say once that a node's process ended; services wait until somebody starts it."""
    known: set[str] = set()
    while True:
        pids = brokers.status(home.kafka).pids
        for name in sorted(known - pids.keys()):
            say(name, "process ended; `relais kafka up` starts it")
        known = {*pids}
        await asyncio.sleep(WATCH_S)
