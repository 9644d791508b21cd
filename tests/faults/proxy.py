"""A door before a broker: it forwards bytes, and can be slow, or shut to one process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

SETTLE_S: Final = 0.05  # for aborted transports to let their sockets go
CHUNK: Final = 1 << 16
HOST: Final = "127.0.0.1"


@dataclass(eq=False)
class Link:
    """One connection of a client through a door.

    Attributes:
        port: the client's own.
        open: set while bytes may pass.
    """

    port: int
    writers: tuple[asyncio.StreamWriter, ...]
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def reset(self) -> None:
        """End it at once, towards both."""
        for writer in self.writers:
            writer.transport.abort()
        self.open.set()


class Door:
    """Listens on `port` and forwards to the broker; use it with `async with`.

    Attributes:
        delay_s: that each chunk waits, both ways.

    Args:
        target: the broker's port; it is chosen after ours, and asked for at each connection.
    """

    def __init__(self, target: Callable[[], int]) -> None:
        self.port = 0
        self.delay_s = 0.0
        self._target = target
        self.links: set[Link] = set()
        self._shut_to: set[int] = set()  # process ids
        self._shut_to_all = False
        self._server: asyncio.Server | None = None
        self._entering = 0  # connections accepted, and not yet made on the other side
        self._closed = False

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        if self._server is not None:
            self._server.close()
        for link in tuple(self.links):
            link.reset()
        while self.links or self._entering:
            await asyncio.sleep(0.01)
        await asyncio.sleep(SETTLE_S)

    def shut(self, pid: int | None = None) -> None:
        """Let nothing of a process pass any more; None: of nobody."""
        if pid is None:
            self._shut_to_all = True
        else:
            self._shut_to.add(pid)
        for link in self._of(pid):
            link.open.clear()

    def reopen(self, pid: int | None = None, *, reset: bool = False) -> None:
        """Let bytes pass again; with `reset` the connections that were held up end instead."""
        held = [link for link in self.links if not link.open.is_set()]
        if pid is None:
            self._shut_to_all = False
        else:
            self._shut_to.discard(pid)
        for link in held:
            if reset:
                link.reset()
            elif not self._is_shut(link.port):
                link.open.set()

    def _of(self, pid: int | None) -> list[Link]:
        if pid is None:
            return list(self.links)
        own = ports_of(pid)
        return [link for link in self.links if link.port in own]

    def _is_shut(self, port: int) -> bool:
        return self._shut_to_all or any(port in ports_of(pid) for pid in self._shut_to)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("peername")[1]
        self._entering += 1
        try:
            above, to_above = await asyncio.open_connection(HOST, self._target())
        except OSError:
            writer.transport.abort()
            return
        finally:
            self._entering -= 1
        if self._closed:
            for one in (writer, to_above):
                one.transport.abort()
            return
        link = Link(port, (writer, to_above))
        if not self._is_shut(port):
            link.open.set()
        self.links.add(link)
        ways = [self._pump(link, reader, to_above), self._pump(link, above, writer)]
        tasks = [asyncio.ensure_future(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for one in (writer, to_above):
                one.close()
            self.links.discard(link)

    async def _pump(
        self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                await link.open.wait()
                writer.write(data)
                await writer.drain()


def ports_of(pid: int) -> frozenset[int]:
    """The local TCP ports of a process; none once it has ended."""
    own = set()
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                own.add(str(entry.readlink()))
    found = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if f"socket:[{fields[9]}]" in own:
            found.add(int(fields[1].rpartition(":")[2], 16))
    return frozenset(found)
