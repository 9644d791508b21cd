"""Services of a home on the real broker, each a process of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx

from contracts.vocabulary.scopes import REALMS
from services.operate.agreed import at_home, planned_topics
from services.operate.home.first_orders import give_first_orders
from services.operate.home.home import Home
from services.operate.home.keys import private_folder
from services.operate.topics import apply_topics
from services.platform.kafka.bus import Bus
from services.platform.keys.keystore import router_keys
from services.platform.keys.owners import read_owners
from services.platform.process import clock
from services.platform.process.tether import tethered
from services.platform.settings import AgencySettings, RoutingSettings, environment, load
from services.routing import app as routing
from tests.kafka import kit
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.samples import sample

ROOT: Final = Path(__file__).parents[2]
AT: Final = 1_795_514_400  # Tuesday 2026-11-24, 10:00 UTC
RECORD: Final = sample("education", "information_preoccupante")


@dataclass
class Service:
    """An agency's service as a process of its own.

    Attributes:
        token: of EDU-S.
    """

    process: subprocess.Popen[bytes]
    port: int
    token: str

    async def post(self, key: str, **changes: Any) -> httpx.Response:
        """`POST /v1/referrals` by EDU-S, once it is ready."""
        await kit.ready(self.port)
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        url = f"http://127.0.0.1:{self.port}"
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False) as client:
            return await client.post("/v1/referrals", json=RECORD | changes, headers=headers)


class Town:
    """A home, its topics and orders, and the services started in it."""

    def __init__(self, bootstrap: str, path: Path) -> None:
        self.bootstrap = bootstrap
        self.home = Home(path)
        self.started: list[subprocess.Popen[bytes]] = []

    async def prepare(self, *more: tuple[str, str]) -> None:
        """Make keys and topics, and adopt directory and convention.

        Args:
            more: settings of every topic.
        """
        private_folder(self.home.path)
        clock.set_to(self.home.clock, AT)
        self.home.prepare(AT, weeks=1)
        planned = [
            replace(one, configs=tuple((dict(one.configs) | dict(more)).items()))
            for one in planned_topics(at_home(self.home))
        ]
        await apply_topics(self.bootstrap, planned)
        buses = dict.fromkeys(REALMS, Bus(self.bootstrap))
        await give_first_orders(self.home, buses, AT, dict.fromkeys(REALMS, 1))

    def start(self) -> Service:
        """Start one more service of education."""
        given = self.settings()
        process = subprocess.Popen(
            tethered((sys.executable, "-m", "services", "serve", "education")),
            cwd=ROOT, env=os.environ | environment(given), stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.started.append(process)
        return Service(process, given.http_port, self.home.token("edu-s"))

    def router_here(self, **settings: Any) -> AbstractAsyncContextManager[None]:
        """A router of the whole civil realm in this process while the block lasts."""
        given = load(RoutingSettings, **self.common() | settings)
        keys = router_keys(given.keys_dir, given.realm)
        owners = read_owners(given.home)
        return until_over(lambda stop: routing.serve(given, keys, owners, stop))

    def settings(self, **settings: Any) -> AgencySettings:
        """Of an agency's service, on a port of its own; it takes any number of new cases."""
        own = {"agency": "education", "hourly_cases": 0}
        return load(AgencySettings, **self.common() | own | settings)

    def common(self) -> dict[str, Any]:
        """What all settings of services have, on a port of its own."""
        return {
            "kafka": self.bootstrap, "home": self.home.path, "clock_file": self.home.clock,
            "play": True, "http_port": free_port(),
        }  # fmt: skip


@asynccontextmanager
async def until_over(serve: Callable[[asyncio.Event], Awaitable[int]]) -> AsyncIterator[None]:
    """A service runs while the block lasts, and ends cleanly with it."""
    stop = asyncio.Event()
    task = asyncio.ensure_future(serve(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([task], timeout=PATIENCE)
    assert task.result() == 0
