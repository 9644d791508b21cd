"""The whole federation on one machine: Apache Kafka and every service, each its own process.

    prepare (home, Kafka, topics, rights, orders) → all services side by side → keep them

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

from contracts.errors import RelaisError
from services.platform.patience import patient
from services.platform.process.side_by_side import beside
from services.play.kafka import brokers
from services.play.run import words
from services.play.run.plan import Plan, program
from services.play.run.prepare import PreparedHome, in_thread, nothing_said, prepared
from services.play.run.supervisor import READY_S, Supervisor
from services.play.run.words import Say

WATCH_S: Final = 1.0  # between two looks at whether Kafka still runs
RETRY_S: Final = 5.0  # after a node that did not start
ASK_S: Final = 2.0  # for one look at whether a service is ready


@dataclass(frozen=True, kw_only=True)
class Federation(PreparedHome):
    """A federation that runs.

    Attributes:
        supervisor: of the services' processes.
    """

    supervisor: Supervisor = field(repr=False)

    @property
    def urls(self) -> dict[str, str]:
        """Name of a service -> its address."""
        return {service.name: service.url for service in self.services}

    @property
    def pids(self) -> dict[str, int]:
        """Name -> process id, Kafka's nodes first."""
        return {**brokers.status(self.home.kafka).pids, **self.supervisor.pids}


@asynccontextmanager
async def launched(path: Path, plan: Plan, say: Say = nothing_said) -> AsyncIterator[Federation]:
    """A whole federation while the block lasts.

    Args:
        path: its home; made if it does not exist.
        say: told of each step, and later of who ends by itself.

    Raises:
        UsageError, UnreachableError: those of `prepared`; a service did not become ready.
    """
    async with AsyncExitStack() as stack:
        ready = await stack.enter_async_context(prepared(path, plan, say))
        home = ready.home
        say("services", words.STARTING)
        supervisor = await stack.enter_async_context(Supervisor(home.logs, home.pids, say))
        client = await stack.enter_async_context(
            httpx.AsyncClient(timeout=patient(ASK_S), trust_env=False)
        )
        programs = [program(service, client) for service in ready.services]
        await supervisor.start(programs, patient(READY_S))
        addresses = {service.name: service.url for service in ready.services}
        home.note_addresses({"kafka": ready.bootstrap, **addresses})
        async with beside(_keep_kafka(ready, say), "watch kafka"):
            yield Federation(**vars(ready), supervisor=supervisor)


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


async def _keep_kafka(ready: PreparedHome, say: Say) -> None:
    """Say at once that a node's process ended, then start it; services wait."""
    known: dict[str, int] = {}
    while True:
        found = brokers.status(ready.home.kafka)
        ended = [name for name in found.addresses if name not in found.pids]
        for name in ended:
            if name in known:
                say(name, f"process {known.pop(name)} ended; starting it again")
        known |= found.pids
        if ended:
            await _start_again(ready, ended, say)
        await asyncio.sleep(WATCH_S)


async def _start_again(ready: PreparedHome, ended: list[str], say: Say) -> None:
    try:
        for name in await in_thread(brokers.start_again, ready.home.kafka):
            say(name, words.STARTED_AGAIN)
    except (
        RelaisError,
        OSError,
    ) as error:  # a port that is taken, a full disk: perhaps not for ever
        code = error.code if isinstance(error, RelaisError) else type(error).__name__
        for name in ended:
            say(name, f"did not start again ({code}); trying once more")
        await asyncio.sleep(RETRY_S)
