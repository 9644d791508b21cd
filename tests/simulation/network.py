"""HTTP between services without sockets: addresses, and the apps that answer there now."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import Mock

import httpx

from contracts.proof.witness import CONFLICT, GOOD, parse_request
from services.platform.kafka.connection import wait
from tests.simulation.incarnation import LIFE, Life


class Network(httpx.AsyncBaseTransport):
    """Where requests go; the app runs as a task of its service's life, and dies with it.

    Attributes:
        forgotten: what witnesses answered as if they had not cosigned what they had.
        cosigned: port and log -> entries that were cosigned there.
    """

    def __init__(self) -> None:
        self._apps: dict[int, tuple[Life, Any]] = {}
        self.forgotten: list[str] = []
        self.cosigned: dict[tuple[int, str], int] = {}

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
        if request.url.path == "/witness/add-checkpoint":
            await self._look(life.name, request, answer.result())
        return answer.result()

    async def _look(self, name: str, request: httpx.Request, answer: httpx.Response) -> None:
        """What a witness has cosigned once, it knows for good."""
        head = parse_request(await request.aread()).head
        place = request.url.port or 0, head.origin
        known, size = self.cosigned.get(place, 0), head.size
        if answer.status_code == CONFLICT:
            assert isinstance(answer.stream, httpx.AsyncByteStream)
            size = int(b"".join([part async for part in answer.stream]))
        if answer.status_code in (GOOD, CONFLICT) and size < known:
            self.forgotten.append(f"{name} of {head.origin}: {size} of {known}")
        elif answer.status_code == GOOD:
            self.cosigned[place] = size


async def greeted(*_: object, **__: object) -> Any:
    """A connection on which a broker answers the question of `connection/wait.py`."""
    reader = asyncio.StreamReader()
    reader.feed_data(struct.pack(">ii", 4, wait._NUMBER))
    return reader, Mock()
