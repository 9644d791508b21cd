"""A free port for a process of its own, which nobody else is given meanwhile."""

from __future__ import annotations

import socket


def free_port() -> int:
    """A port on the loopback, held until this process ends.

    It is bound and not listened on: the kernel gives it to nobody, and a server, which sets
    SO_REUSEADDR, may listen on it, one after another. A connection to it is refused until then.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    port: int = holder.getsockname()[1]
    holder.detach()
    return port
