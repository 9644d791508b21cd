"""Slow forms, many at once: whoever does not send one is refused, the others are served."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from services.platform.browser import answers
from services.platform.browser.sessions import TRIES
from tests.patience import PATIENCE
from tests.services.console.kit import OpenConsole, sign_in

pytestmark = pytest.mark.slow

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def sent(port: int, data: bytes) -> Connection:
    """A connection on which something was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    return reader, writer


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
