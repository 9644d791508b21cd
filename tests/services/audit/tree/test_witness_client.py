"""Witnesses over HTTP: what a real one answers, and what anybody else may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.audit.tree.cosigning import HeadCosigning
from services.audit.tree.publishing import WitnessClient
from tests.contracts.proof.test_witness import log_of, signed
from tests.services.agency.witness_server import witness_server
from tests.services.audit.tree.test_cosigning import KEYS, LOGS, POLICY


async def test_real_witnesses_cosign_over_http(tmp_path: Path) -> None:
    """Four of five; one of the four began elsewhere, and the fifth has no address."""
    names = list(KEYS)[:4]
    with (
        witness_server(tmp_path / names[0], KEYS[names[0]], LOGS) as first,
        witness_server(tmp_path / names[1], KEYS[names[1]], LOGS) as second,
        witness_server(tmp_path / names[2], KEYS[names[2]], LOGS) as third,
        witness_server(tmp_path / names[3], KEYS[names[3]], LOGS) as fourth,
    ):
        client = WitnessClient(dict(zip(names, (first, second + "/", third, fourth), strict=True)))
        auditor = HeadCosigning(POLICY, client.post)
        heads = [
            await auditor.ask(signed("a", size), log_of("a", size).hashes().subtree)
            for size in (5, 9)
        ]
        fork = await HeadCosigning(POLICY, client.post).ask(
            signed("b", 9), log_of("b", 9).hashes().subtree
        )
        await client.close()

    for head in heads:
        assert [seen.witness for seen in POLICY.verify(head.note).cosigned] == names
        assert head.missing == {next(name for name in KEYS if name not in names): 0}
    assert set(fork.missing.values()) == {0, 403}


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
