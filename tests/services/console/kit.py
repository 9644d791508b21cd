"""A console without a federation: what it has seen is given, and each role has an account."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from unittest.mock import AsyncMock

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from services.console.auditor.client import AuditClient
from services.console.roles import ROLES, Role
from services.console.routes import ConsoleRoutes
from services.console.settings import ConsoleSettings
from services.console.watch import ConsoleWatch
from services.operate.status.state import FederationState
from services.platform.browser.access_log import AccessLog
from services.platform.browser.sign_in.local_accounts import LocalAccounts
from services.platform.browser.sign_in.provider import Provider
from services.platform.http.health_endpoints import serving
from services.platform.keys.keystore import hashed
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth

URL: Final = "http://127.0.0.1"
PASSWORD: Final = "synthetic"
SECRETS: Final = {"civil": b"c" * 32}  # by which it asks


class OpenConsole:
    """A console that answers in memory.

    Attributes:
        log: the file of its accesses.
    """

    def __init__(
        self,
        folder: Path,
        state: FederationState | None,
        provider: Provider | None = None,
        auditors: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.watch = ConsoleWatch(AsyncMock(side_effect=OSError))
        if state is not None:
            self.watch.take(state)
        self.log = folder / "accesses.jsonl"
        self._accesses = AccessLog(self.log)
        settings = ConsoleSettings(home=folder)
        way = provider or LocalAccounts({role: hashed(PASSWORD) for role in ROLES})
        self.audit_client = AuditClient(lambda: auditors or {}, SECRETS, transport)
        given = settings, self.watch, way, self._accesses, self.audit_client
        self.routes = ConsoleRoutes(*given)
        self._hosts = [Middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts))]
        self.app = Starlette(routes=self.routes.all, middleware=self._hosts)

    def client(self) -> httpx.AsyncClient:
        """A browser without a session."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=URL)

    @asynccontextmanager
    async def as_(self, role: Role) -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which a role has signed in."""
        async with self.client() as browser:
            done = await sign_in(browser, role)
            assert done.status_code == httpx.codes.SEE_OTHER
            yield browser

    @asynccontextmanager
    async def served(self) -> AsyncIterator[int]:
        """On a port, as `relais serve console` serves it."""
        given = ServiceHealth(), Metrics("console"), self.routes.all, self._hosts
        async with serving("127.0.0.1", 0, *given) as port:
            yield port

    def close(self) -> None:
        """Close its file."""
        self._accesses.close()


def bare(page: str) -> str:
    """A page without what differs between any two answers: how old things are."""
    return re.sub(r"Vu il y a [^<]*|\d+ s|on \d[^<]*?\(UTC[^)]*\)", "", page)


async def sign_in(
    browser: httpx.AsyncClient, account: str, password: str = PASSWORD
) -> httpx.Response:
    """Send the form."""
    return await browser.post("/sign-in", data={"account": account, "password": password})
