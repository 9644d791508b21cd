"""The whole federation on one machine: Apache Kafka and every service, each its own process.

    prepare (home, Kafka, topics, rights, orders) → all services side by side → watch

Whatever happens on the way or later, everything that was started is stopped, services first, so
that their last transactions end cleanly, then Kafka.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from services.operate.home.home import Home
from services.play.kafka import brokers
from services.play.run.plan import Plan, Service, program
from services.play.run.prepare import Prepared, Say, in_thread, nothing_said, prepared
from services.play.run.supervisor import Supervisor

WATCH_S: Final = 1.0  # between two looks at whether Kafka still runs
ASK_S: Final = 2.0  # for one look at whether a service is ready


@dataclass(frozen=True)
class Federation:
    """A federation that runs.

    Attributes:
        supervisor: of the services' processes.
    """

    prepared: Prepared
    supervisor: Supervisor = field(repr=False)

    @property
    def home(self) -> Home:
        """Its folder."""
        return self.prepared.home

    @property
    def bootstrap(self) -> str:
        """Kafka's addresses."""
        return self.prepared.bootstrap

    @property
    def services(self) -> tuple[Service, ...]:
        """Every process but Kafka's."""
        return self.prepared.services

    @property
    def urls(self) -> dict[str, str]:
        """Name of a service -> its address."""
        return {service.name: service.url for service in self.services}

    @property
    def pids(self) -> dict[str, int]:
        """Name -> process id, Kafka's nodes first."""
        return {**brokers.status(self.home.kafka).pids, **self.supervisor.pids}

    def client(self, principal: str) -> dict[str, Any]:
        """What a Kafka client of a principal is made with besides the addresses."""
        return self.prepared.client(principal)


@asynccontextmanager
async def launched(path: Path, plan: Plan, say: Say = nothing_said) -> AsyncIterator[Federation]:
    """A whole federation while the block lasts.

    Args:
        path: its home; made if it does not exist.
        say: told of each step, and later of services that end by themselves.

    Raises:
        UsageError, UnreachableError: those of `prepared`; a service did not become ready.
    """
    async with AsyncExitStack() as stack:
        ready = await stack.enter_async_context(prepared(path, plan, say))
        home = ready.home
        say("services", "starting")
        supervisor = await stack.enter_async_context(Supervisor(home.logs, home.pids, say))
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=ASK_S, trust_env=False))
        await supervisor.start(program(service, client) for service in ready.services)
        addresses = {service.name: service.url for service in ready.services}
        home.note_addresses({"kafka": ready.bootstrap, **addresses})
        async with _watched(home, say):
            yield Federation(ready, supervisor)


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


@asynccontextmanager
async def _watched(home: Home, say: Say) -> AsyncIterator[None]:
    """Start a node again when it ends by itself; services wait for it or are started again."""

    async def watch() -> None:
        while True:
            await asyncio.sleep(WATCH_S)
            for name in await in_thread(brokers.start_again, home.kafka):
                say(name, "ended; started again")

    watching = asyncio.create_task(watch(), name="watch kafka")
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
