"""The doors before the brokers: bytes pass, are held for one process, or are late."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator

import pytest

from tests.faults.proxy import HOST, Door, ports_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="whose a port is: Linux only"),  # noqa: PTH110
]
ECHO = """
import socket, sys
server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
answers = server.makefile("rb")
while line := sys.stdin.buffer.readline():
    server.sendall(line)
    sys.stdout.buffer.write(answers.readline())
    sys.stdout.flush()
"""


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """A door before a server that says everything again."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0)
    async with Door(lambda: server.sockets[0].getsockname()[1]) as door:
        yield door
    server.close()


async def test_bytes_pass_both_ways(door: Door) -> None:
    """A client cannot tell a door from the server."""
    reader, writer = await asyncio.open_connection(HOST, door.port)
    writer.write(b"one\n")

    assert await reader.readline() == b"one\n"
    writer.close()


async def test_one_process_is_cut_off_and_others_are_not(door: Door) -> None:
    """Its open connection and its new ones are held; ours go on; then its bytes arrive."""
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ECHO, str(door.port),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert other.stdin is not None
    assert other.stdout is not None
    other.stdin.write(b"before\n")
    assert await other.stdout.readline() == b"before\n"

    door.shut(other.pid)
    other.stdin.write(b"cut\n")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await other.stdout.read(1)
    reader, writer = await asyncio.open_connection(HOST, door.port)
    writer.write(b"ours\n")
    ours = await reader.readline()
    door.reopen(other.pid)

    assert ours == b"ours\n"
    assert await other.stdout.readline() == b"cut\n"
    writer.close()
    other.stdin.close()
    await other.wait()


async def test_a_door_may_end_what_it_held(door: Door) -> None:
    """With `reset` the connection is closed instead of going on."""
    reader, writer = await asyncio.open_connection(HOST, door.port)
    writer.write(b"one\n")
    await reader.readline()

    door.shut()
    writer.write(b"two\n")
    door.reopen(reset=True)

    try:
        rest = await reader.read()
    except ConnectionResetError:
        rest = b""
    writer.close()
    assert rest == b""
    while door.links:
        await asyncio.sleep(0.01)


async def test_a_slow_door_is_slow(door: Door) -> None:
    """Each way costs the delay."""
    reader, writer = await asyncio.open_connection(HOST, door.port)
    door.delay_s = 0.1

    began = time.monotonic()
    writer.write(b"late\n")
    await reader.readline()

    assert time.monotonic() - began >= 0.2
    writer.close()


def test_an_ended_process_has_no_ports() -> None:
    """Whoever is gone is nobody's business."""
    assert ports_of(2**22 + 1) == frozenset()
