"""A receiver of webhooks in a process of its own, that can be killed: `python mortal.py PORT FILE`.

It writes each id into FILE before it answers 204, so that a kill forgets none that was answered; once there is a
file `FILE.gone`, it answers 410.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path

ID = b"\r\nwebhook-id: "


class MortalReceiver(asyncio.Protocol):
    """One connection, one message.

    Args:
        file: descriptor of the file of ids.
        gone: where there is such a file, nothing more is wanted.
    """

    def __init__(self, file: int, gone: Path) -> None:
        self._file, self._gone, self._came = file, gone, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the message is whole; its body is an object."""
        self._came += data
        if not self._came.endswith(b"}"):
            return
        name = self._came.partition(ID)[2].partition(b"\r\n")[0]
        os.write(self._file, name + b"\n")
        status = b"410 Gone" if self._gone.exists() else b"204 No Content"
        self._transport.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
        self._transport.close()


async def serve(port: int, file: Path) -> None:
    """Until it is killed."""
    kept = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    gone = file.with_name(f"{file.name}.gone")
    listener = socket.create_server(("127.0.0.1", port), backlog=64)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: MortalReceiver(kept, gone), sock=listener)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
