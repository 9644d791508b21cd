"""A receiver of webhooks on this machine, and an agency's webhooks over a world in memory."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from services.agency.webhooks.post import Poster
from services.agency.webhooks.push import DeskWebhooks, Webhooks
from services.platform.http.receiver import Receiver
from services.platform.store.memory import Memory
from tests.samples import concern
from tests.services.agency.bench import Bench
from tests.world import World

DESK = "crip"
HERE = ("127.0.0.0/8",)


@dataclass
class Came:
    """One request as it came."""

    head: str
    headers: dict[str, str]
    body: bytes


@dataclass
class LocalReceiver:
    """Answers what it is told to; keeps what came."""

    port: int = 0
    answer: Callable[[Came], str] = lambda _: "204 No Content"
    came: list[Came] = field(default_factory=list)

    @property
    def receiver(self) -> Receiver:
        """As an operator would name it."""
        return Receiver.model_validate(
            {"url": f"http://127.0.0.1:{self.port}/hook", "networks": HERE}
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): text for name, _, text in (row.partition(": ") for row in lines[1:-2])
        }
        body = await reader.readexactly(int(headers["content-length"]))
        posted = Came(lines[0], headers, body)
        self.came.append(posted)
        writer.write(f"HTTP/1.1 {self.answer(posted)}\r\nContent-Length: 0\r\n\r\n".encode())
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[LocalReceiver]:
    """A receiver that listens."""
    local = LocalReceiver()
    server = await asyncio.start_server(local._serve, "127.0.0.1", 0, ssl=tls)
    local.port = server.sockets[0].getsockname()[1]
    async with server:
        yield local


@asynccontextmanager
async def pushing(bench: Bench, receiver: Receiver, home: Path) -> AsyncIterator[DeskWebhooks]:
    """The webhooks of a desk of an agency, as they run."""
    post, memory = Poster(), Memory(home / "memory.sqlite")
    receivers = {DESK: receiver, "edu-s": receiver}  # which is no desk of this agency
    all_ = bench.parts.webhooks = Webhooks(receivers, bench.office, bench.incoming, memory, post)
    webhooks = all_.desks[DESK]
    running = asyncio.create_task(webhooks.run(asyncio.Semaphore(1)))
    try:
        yield webhooks
    finally:
        await all_.keep()
        memory.close()
        running.cancel()
        await asyncio.wait((running,))
        await post.close()
    if not running.cancelled():
        running.result()  # what ended it by itself


async def arrive(bench: Bench, marker: str, times: int = 1) -> None:
    """The school's concerns reach the CRIP."""
    world: World = bench.world
    for _ in range(times):
        answer = world.post("edu-s", concern(marker))
        assert answer.status == 202, answer
    world.settle()
    await bench.incoming.stir()
