"""HTTP between services without sockets: addresses, and the apps that answer there now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.simulation.incarnation import LIFE, Life


class Network(httpx.AsyncBaseTransport):
    """Where requests go; the app runs as a task of its service's life, and dies with it."""

    def __init__(self) -> None:
        self._apps: dict[int, tuple[Life, Any]] = {}

    @asynccontextmanager
    async def serve(self, app: Any, _host: str, port: int) -> AsyncIterator[int]:
        """Answer on a port, as the life that asks for it."""
        life = LIFE.get()
        self._apps[port] = life, app
        life.at_death(lambda: self._gone(life, port))
        try:
            yield port
        finally:
            self._gone(life, port)

    def _gone(self, life: Life, port: int) -> None:
        if port in self._apps and self._apps[port][0] is life:
            del self._apps[port]

    def transport(self) -> Network:
        """For a client of httpx."""
        return self

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request and its answer.

        Raises:
            httpx.ConnectError: nobody listens.
            httpx.ReadError: who listened has died meanwhile.
        """
        if request.url.port not in self._apps:
            raise httpx.ConnectError("nobody listens", request=request)
        life, app = self._apps[request.url.port]
        asked = httpx.ASGITransport(app).handle_async_request(request)
        answer: asyncio.Task[httpx.Response] = life.spawn(asked)
        either: set[asyncio.Future[Any]] = {answer, life.died}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise httpx.ReadError("died meanwhile", request=request)
        return answer.result()
