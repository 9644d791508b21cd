"""Services of a home on the real broker, each a process of its own."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
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
from services.platform.settings import AgencySettings, RoutingSettings, load
from services.routing import app as routing
from tests.kafka import kit
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.samples import sample

AT: Final = 1_795_514_400  # Tuesday 2026-11-24, 10:00 UTC
RECORD: Final = sample("education", "information_preoccupante")


class Town:
    """A home, its topics and orders, and the services started in it."""

    def __init__(self, bootstrap: str, path: Path) -> None:
        self.bootstrap = bootstrap
        self.home = Home(path)

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

    def desk(self, name: str, port: int) -> httpx.AsyncClient:
        """One desk at its agency's service."""
        url = f"http://127.0.0.1:{port}"
        headers = {"Authorization": f"Bearer {self.home.token(name)}"}
        return httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE, trust_env=False)

    @asynccontextmanager
    async def school(self) -> AsyncIterator[tuple[subprocess.Popen[bytes], httpx.AsyncClient]]:
        """A service of education as a process of its own, once it is ready, and EDU-S at it."""
        given = self.settings()
        log = self.home.path.parent / "education.log"
        process = kit.start(given, log, "services", "serve", "education")
        try:
            await kit.ready(given.http_port)
            async with self.desk("edu-s", given.http_port) as desk:
                yield process, desk
        finally:
            process.kill()
            process.wait()

    def router_here(self, **settings: Any) -> AbstractAsyncContextManager[None]:
        """A router of the whole civil realm in this process while the block lasts."""
        given = load(RoutingSettings, **self.common() | settings)
        keys = router_keys(given.keys_dir, given.realm)
        return kit.serving(partial(routing.serve, given, keys, read_owners(given.home)))

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
