"""The log as strangers get it: soon, over HTTP, and with the same bytes once more."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.proof.checkpoint import Checkpoint
from contracts.proof.log_keys import log_signers
from contracts.proof.note import b64
from contracts.proof.note_keys import NoteKey, open_note
from contracts.vocabulary import topics
from tests.go.judge import Judge
from tests.kafka import kit, published_logs
from tests.kafka.auditor import start_auditor
from tests.kafka.conftest import delete_topics
from tests.kafka.test_kills import ended
from tests.patience import PATIENCE
from tests.ports import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PORT = free_port()
URL = f"http://127.0.0.1:{PORT}"
NUMBERS = range(topics.PARTITIONS)


@asynccontextmanager
async def auditing(fresh: str, home: Path, **more: Any) -> AsyncIterator[subprocess.Popen[bytes]]:
    """The audit service, ready."""
    process = start_auditor(fresh, home, home / "audit.log", http_port=PORT, **more)
    try:
        await kit.ready(PORT)
        yield process
    finally:
        process.terminate()
        await ended(process)


async def published(home: Path, entries: int) -> dict[int, Checkpoint]:
    """The heads, once they hold so many entries together."""
    async with asyncio.timeout(PATIENCE):
        while True:
            heads = published_logs.heads(home)
            if sum(head.size for head in heads.values()) >= entries:
                return heads
            await asyncio.sleep(0.02)


async def test_a_log_is_published_and_judged_by_a_stranger(
    fresh: str, tmp_path: Path, judge: Judge
) -> None:
    """Tessera's fsck over our HTTP; each head soon; one note over all; never shorter."""
    published_logs.give_secret(tmp_path)
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    async with kit.router(fresh, tmp_path), auditing(fresh, tmp_path):
        for decided in range(1, 4):
            await publisher.publish([publisher.event(decided)[1]])
            await kit.until(fresh, {"decided": decided})
            taken = await published_logs.on_kafka(fresh)
            await published(tmp_path, sum(map(len, taken.values())))
        many = [publisher.event(at)[1] for at in range(40)]
        # Of one case as many as fill a bundle of its partition.
        many += [publisher.event(1, "edu-s")[1] for _ in range(260)]
        await publisher.publish(many)
        await kit.until(fresh, {"decided": 303})
        taken = await published_logs.on_kafka(fresh)
        heads = await published(tmp_path, sum(map(len, taken.values())))
        await _served(heads)
        for number in NUMBERS:
            answer = judge.tiles(
                published_logs.keys_of(number)[0], [f"{URL}/log/{kit.REALM}-{number}/"]
            )
            assert answer == [f"accepted {heads[number].size} {heads[number].root.hex()}"]

    for number, head in heads.items():
        assert published_logs.entries_of(tmp_path, number, head) == taken[number]
    await _made_anew(fresh, tmp_path, heads)
    await _has_no_more(fresh, tmp_path, heads)


async def _served(heads: dict[int, Checkpoint]) -> None:
    """Over one connection, with the headers that let caches keep what never changes."""
    async with httpx.AsyncClient(base_url=URL, trust_env=False) as client:
        for number, head in heads.items():
            checkpoint = await client.get(f"/log/{kit.REALM}-{number}/checkpoint")
            assert published_logs.head_of(checkpoint.content, number) == head
            assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
            assert checkpoint.headers["cache-control"] == "no-cache"
        tile = await client.get(f"/log/{kit.REALM}-0/tile/0/000.p/{heads[0].size}")
        assert tile.headers["content-type"] == "application/octet-stream"
        assert "immutable" in tile.headers["cache-control"]
        note, good = open_note(
            (await client.get(f"/log/{kit.REALM}/heads")).content, [_realm_key()]
        )
        rows = [f"{head.origin} {head.size} {b64(head.root)}" for _n, head in sorted(heads.items())]
        assert note.text.decode().splitlines() == [f"relais.local/{kit.REALM}", *rows]
        assert len(good) == 1
        for wrong in ("civil-0/position", "civil-0/tile/0/1", "civil-99/checkpoint",
        "lock/checkpoint",
                      "civil-0/..%2f..%2faudit-civil.sqlite",
                          "civil-0/tile/0/..%2f..%2fposition"):  # fmt: skip
            assert (await client.get(f"/log/{wrong}")).status_code == httpx.codes.NOT_FOUND
        assert (await client.post("/log/civil-0/checkpoint")).status_code == 405


def _realm_key() -> NoteKey:
    """What the note over all heads is signed with."""
    return log_signers(published_logs.SECRET, f"relais.local/{kit.REALM}")[0].key


async def _made_anew(fresh: str, home: Path, heads: dict[int, Checkpoint]) -> None:
    """All files lost: read from Kafka they come to the same heads."""
    shutil.rmtree(home / "state" / "log")
    total = sum(head.size for head in heads.values())
    async with auditing(fresh, home):
        assert await published(home, total) == heads


async def _has_no_more(fresh: str, home: Path, heads: dict[int, Checkpoint]) -> None:
    """The operator deletes the topics and begins again: the old heads stay, and it is told."""
    await _begun_anew(fresh)
    async with auditing(fresh, home):
        async with asyncio.timeout(PATIENCE):
            while b"log_rolled_back" not in (home / "audit.log").read_bytes():
                await asyncio.sleep(0.1)
    assert published_logs.heads(home) == heads


async def _begun_anew(fresh: str) -> None:
    """Topics without a record of routing, and the first orders."""
    await delete_topics(fresh)
    await kit.prepare(fresh)
