"""Witnesses over HTTP: what anybody may answer in a witness's place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.audit.tree.publishing import WitnessClient


@asynccontextmanager
async def answering(data: bytes) -> AsyncIterator[str]:
    """Somebody on a port who says these bytes, and nothing more."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 0),
        (b"no HTTP\r\n\r\n", 0),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 100_000, 0),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 302),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 200),
    ],
    ids=["nothing", "no HTTP", "without end", "elsewhere", "no gzip"],
)
async def test_whatever_a_port_says_is_an_answer(data: bytes, status: int) -> None:
    """Of so many bytes at most, followed nowhere, unpacked by nobody."""
    async with answering(data) as address:
        client = WitnessClient({"police": address, "justice": "no address"})
        answer = await client.post("police", b"old 0\n")
        none = await client.post("justice", b"old 0\n")
        await client.close()

    assert answer[0] == status
    assert len(answer[1]) <= 1
    assert none == (0, b"")
