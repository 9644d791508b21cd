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
from tests.simulation.fates import Fates
from tests.simulation.incarnation import LIFE, Life


class Network(httpx.AsyncBaseTransport, httpx.BaseTransport):
    """Where requests go; the app runs as a task of its service's life, and dies with it.

    Args:
        fates: whom what is asked in a thread may kill: who asks, or who answers.

    Attributes:
        forgotten: what witnesses answered as if they had not cosigned what they had.
        cosigned: port and log -> entries that were cosigned there.
    """

    def __init__(self, fates: Fates) -> None:
        self._fates = fates
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
        life, app = self._listening(request)
        asked = httpx.ASGITransport(app).handle_async_request(request)
        answer: asyncio.Task[httpx.Response] = life.spawn(asked)
        either: set[asyncio.Future[Any]] = {answer, life.died}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise httpx.ReadError("died meanwhile", request=request)
        if request.url.path == "/witness/add-checkpoint":
            await self._look(life.name, request, answer.result())
        return answer.result()

    def _listening(self, request: httpx.Request) -> tuple[Life, Any]:
        if request.url.port not in self._apps:
            raise httpx.ConnectError("nobody listens", request=request)
        return self._apps[request.url.port]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The same where a thread asks, and waits: answered here and now, by what waits for nobody.

        Raises:
            httpx.ConnectError, httpx.ReadError: as above.
            httpx.ReadTimeout: who listens is paused.
            CutOffError: who asks has died.
        """
        asker, loop = LIFE.get(), asyncio.get_running_loop()
        self._fates.in_thread(asker, f"{asker.name} asks in a thread")
        life, app = self._listening(request)
        if life.until > loop.time():
            raise httpx.ReadTimeout("no byte", request=request)
        self._fates.at(life, f"{life.name} is asked by a thread")
        if life.dead:
            raise httpx.ReadError("died meanwhile", request=request)
        try:
            life.context.run(httpx.ASGITransport(app).handle_async_request(request).send, None)
        except StopIteration as done:
            answer, stream = done.value, done.value.stream
        else:
            raise AssertionError(f"{request.url} waits")
        self._fates.in_thread(asker, f"{asker.name} is answered in a thread")
        return httpx.Response(answer.status_code, stream=httpx.ByteStream(b"".join(stream._body)))

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
