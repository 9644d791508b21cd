"""Slow ones, many at once: whoever neither sends nor takes is cut off, the others are served."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Final

import httpx
import pytest

from services.console.settings import COOKIE
from services.platform.browser import answers
from services.platform.browser.sessions import TRIES
from services.platform.http import health_endpoints
from services.platform.http.health_endpoints import ImpatientProtocol
from tests.patience import PATIENCE, eventually
from tests.services.console.kit import OpenConsole, sign_in

pytestmark = pytest.mark.slow

MANY: Final = 1000

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def sent(port: int, data: bytes) -> Connection:
    """A connection on which something was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    return reader, writer


async def answered(port: int) -> None:
    """Somebody else signs in and sees a page."""
    async with signed_in(port) as other:
        assert (await other.get("/")).status_code == httpx.codes.OK


@asynccontextmanager
async def signed_in(port: int) -> AsyncIterator[httpx.AsyncClient]:
    """Who does so."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as other:
        await sign_in(other, "operator")
        yield other


async def closed(connections: list[Connection]) -> None:
    """Close them."""
    for _, writer in connections:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def status_of(connection: Connection) -> int:
    """Of an answer."""
    return int((await connection[0].readline()).split()[1])


SLOW: Final[dict[str, tuple[int, tuple[bytes, ...]]]] = {
    "nothing": (MANY, (b"",)),
    "half a head": (MANY, (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ",)),
    "half a second head": (
        200, (b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"GET /"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("sends", SLOW)
async def test_whoever_sends_slowly_loses_the_connection_and_stops_nobody(
    console: OpenConsole, monkeypatch: pytest.MonkeyPatch, sends: str
) -> None:
    """After some seconds, however far they came; meanwhile others are served."""
    monkeypatch.setattr(health_endpoints, "HEAD_S", 1.0)
    async with console.served() as port:
        number, (first, *then) = SLOW[sends]
        slow = [await sent(port, first) for _ in range(number)]
        for data in then:
            await asyncio.sleep(0.5)
            for _, writer in slow:
                writer.write(data)
        await answered(port)
        await gone(slow)
        await closed(slow)


async def test_a_form_that_does_not_end_is_refused(
    console: OpenConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred of them, after some seconds; meanwhile others are served."""
    half = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\naccount="
    async with console.served() as port, signed_in(port) as other:
        monkeypatch.setattr(answers, "FORM_S", 1.0)  # of her own form no longer
        slow = [await sent(port, half) for _ in range(200)]
        assert (await other.get("/")).status_code == httpx.codes.OK
        codes = Counter([await status_of(connection) for connection in slow])
        await closed(slow)

    assert codes == {403: TRIES, 429: 200 - TRIES}  # each is a wrong try of the account ""


async def gone(connections: list[Connection]) -> None:
    """Wait until the other side has ended all of them."""

    async def ended(reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            await reader.read()

    waiting: list[Awaitable[None]] = [ended(reader) for reader, _ in connections]
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*waiting)


async def test_who_asks_and_does_not_read_loses_the_connection_and_fills_no_memory(
    console: OpenConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of pages of ten megabytes on each of two connections little was sent, and none taken."""
    monkeypatch.setattr(health_endpoints, "TAKEN_S", 0.5)
    cookie = console.routes._sessions.begin("u", "operator")
    ask = f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {COOKIE}={cookie}\r\n\r\n".encode() * 400
    accepted: list[ImpatientProtocol] = []
    made = ImpatientProtocol.connection_made

    def accept(protocol: ImpatientProtocol, transport: asyncio.Transport) -> None:
        accepted.append(protocol)
        made(protocol, transport)

    monkeypatch.setattr(ImpatientProtocol, "connection_made", accept)
    async with console.served() as port:
        slow = [await unread(port, ask) for _ in range(2)]
        await eventually(lambda: len(accepted) == 2)
        await answered(port)
        await eventually(lambda: all(it.transport.is_closing() for it in accepted[:2]))
        taken = [await rest_of(reader) for reader, _ in slow]
        await closed(slow)

    assert max(taken) < 8 * 1024 * 1024


async def unread(port: int, ask: bytes) -> Connection:
    """A connection with the smallest buffers, on which much is asked for."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setblocking(False)
    await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=narrow, limit=1024)
    writer.write(ask)
    return reader, writer


async def rest_of(reader: asyncio.StreamReader) -> int:
    """Bytes that still come before the other side has ended it."""
    taken = 0
    with suppress(ConnectionError):
        while piece := await reader.read(65_536):
            taken += len(piece)
    return taken
