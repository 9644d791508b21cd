"""Services of a home on the real broker, each a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx

from contracts.vocabulary.scopes import REALMS
from services.operate.home.first_orders import give_first_orders
from services.operate.home.home import Home
from services.operate.home.keys import private_folder
from services.operate.home.planned import planned_topics
from services.operate.topics import apply_topics
from services.platform.kafka.bus import Bus
from services.platform.keys.keystore import router_keys
from services.platform.keys.owners import read_owners
from services.platform.process import clock
from services.platform.process.tether import tethered
from services.platform.settings import AgencySettings, RoutingSettings, environment, load
from services.routing import app as routing
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
    url: str
    token: str

    async def post(self, key: str, **changes: Any) -> httpx.Response:
        """`POST /v1/referrals` by EDU-S."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        async with httpx.AsyncClient(
            base_url=self.url, timeout=PATIENCE, trust_env=False
        ) as client:
            return await client.post("/v1/referrals", json=RECORD | changes, headers=headers)

    async def ready(self, limit_s: float = PATIENCE) -> None:
        """Wait until it is ready."""
        until = time.monotonic() + limit_s
        async with httpx.AsyncClient(base_url=self.url, timeout=2, trust_env=False) as client:
            while time.monotonic() < until:
                assert self.process.poll() is None, f"ended with {self.process.returncode}"
                try:
                    if (await client.get("/ready")).is_success:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)
        raise AssertionError("not ready")

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and give the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)


class Town:
    """A home, its topics and orders, and the services started in it."""

    def __init__(self, bootstrap: str, path: Path) -> None:
        self.bootstrap = bootstrap
        self.home = Home(path)
        self.started: list[Service] = []

    async def prepare(self, *more: tuple[str, str]) -> None:
        """Make keys and topics, and adopt directory and convention.

        Args:
            more: settings of every topic.
        """
        private_folder(self.home.path)
        clock.set_to(self.home.clock, AT)
        (self.home.path / "sealing.json").write_text('{"crip": "P-256"}')
        self.home.prepare(AT, weeks=1)
        planned = planned_topics(self.home)
        topics_ = [
            replace(one, configs=tuple((dict(one.configs) | dict(more)).items())) for one in planned
        ]
        await apply_topics(self.bootstrap, topics_)
        buses = dict.fromkeys(REALMS, Bus(self.bootstrap))
        await give_first_orders(self.home, buses, AT, dict.fromkeys(REALMS, 1))

    def start(self, agency: str = "education", **settings: Any) -> Service:
        """Start one more service of an agency."""
        given = self.settings(agency=agency, **settings)
        with Path(os.devnull).open("ab") as out:
            process = subprocess.Popen(
                tethered((sys.executable, "-m", "services", "serve", agency)),
                cwd=ROOT,
                env=os.environ | environment(given),
                stdout=out,
            )
        service = Service(process, _url(given), self.home.token("edu-s"))
        self.started.append(service)
        return service

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


def _url(settings: AgencySettings) -> str:
    return f"http://127.0.0.1:{settings.http_port}"
