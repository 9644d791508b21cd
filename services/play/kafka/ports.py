"""Loopback ports for brokers and services: the same ones at every start where they are free.

Candidates lie below the range from which systems give ports to outgoing connections, so that none
of the many clients that start meanwhile takes one that was found free.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Final

from contracts.errors import UsageError

FIRST: Final = 18_100  # the search is between here …
LAST: Final = 32_000  # … and here: Linux gives 32768 and above to clients
APART: Final = 16  # ports between the searches of two processes


def choose(names: Iterable[str], known: Mapping[str, int]) -> dict[str, int]:
    """A free port for each name.

    Args:
        known: ports of the last start, taken again where they are free.

    Raises:
        UsageError: `no_free_port`.
    """
    ports: dict[str, int] = {}
    reserved = set(known.values())
    # Two federations that start at once look in different places.
    begin = FIRST + os.getpid() * APART % (LAST - FIRST)
    order = (*range(begin, LAST), *range(FIRST, begin))
    candidates = (port for port in order if port not in reserved and free(port))
    for name in names:
        port = known.get(name, 0)
        if not port or port in ports.values() or not free(port):
            port = next(candidates, 0)
        if not port:
            got = f"none from {FIRST} to {LAST}"
            raise UsageError("no_free_port", got, "a free port", name)
        ports[name] = port
    return ports


def free(port: int) -> bool:
    """Whether a server of ours could listen there."""
    with closing(socket.socket()) as listener:
        # As servers do: a port in TIME_WAIT after our own last run is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
