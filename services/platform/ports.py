"""What a process has from outside: Kafka's clients, a clock, chance, its disk, a network.

The real ones, but in a simulation, which gives each incarnation of a service its own, and can cut
it off from them. They lie in a context variable, so every task of a service has its service's.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.encoding import b64u


@dataclass(frozen=True, slots=True)
class Ports:
    """One process's.

    Attributes:
        kafka: makes its clients (`kafka/connection/clients.py`); None: real ones.
        wall_ns: nanoseconds since 1970, UTC, as the machine has them.
        monotonic: seconds since some instant, as the loop has them; never goes back.
        random: so many bytes that nobody can guess.
        database: opens a file of SQLite, as `sqlite3.connect`.
        synced: is told of a file or folder that was brought to the disk as it is now.
        connect: opens a TCP connection, as `asyncio.open_connection`.
        http: None: uvicorn listens, httpx asks. Else both ways: `serve(app, host, port)`, an async
            context manager that yields the port, and `transport()`, of httpx and of both its kinds
            (`AsyncBaseTransport` and `BaseTransport`), by which a service's loops ask others.
    """

    kafka: Any = None
    wall_ns: Callable[[], int] = time.time_ns
    monotonic: Callable[[], float] = time.monotonic
    random: Callable[[int], bytes] = secrets.token_bytes
    database: Callable[..., sqlite3.Connection] = sqlite3.connect
    synced: Callable[[Path], None] = lambda _path: None
    connect: Callable[..., Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = (
        asyncio.open_connection
    )
    http: Any = None


_REAL: Final = Ports()
_GIVEN: Final = ContextVar[Ports]("ports")


def ports() -> Ports:
    """Those of this process."""
    return _GIVEN.get(_REAL)


@contextmanager
def given(theirs: Ports) -> Iterator[None]:
    """Other ones, while the block lasts, for it and for all tasks that it starts."""
    token = _GIVEN.set(theirs)
    try:
        yield
    finally:
        _GIVEN.reset(token)


def now_ms() -> int:
    """Milliseconds since 1970, UTC, by the machine's clock."""
    return ports().wall_ns() // 1_000_000


def now() -> int:
    """Seconds since 1970, UTC, by the machine's clock."""
    return now_ms() // 1000


def monotonic() -> float:
    """Seconds since some instant."""
    return ports().monotonic()


def http_transport() -> Any:
    """How others are asked by HTTP; None: by httpx's own connections."""
    http = ports().http
    return None if http is None else http.transport()


def random_bytes(count: int) -> bytes:
    """So many bytes that nobody can guess."""
    return ports().random(count)


def random_token(count: int) -> str:
    """So many such bytes, in base64url."""
    return b64u(random_bytes(count))
