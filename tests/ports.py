"""Ports of this machine: a free one, one with routes behind it; servers beside a test."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TypeVar

from anyio.from_thread import start_blocking_portal
from starlette.routing import BaseRoute

from services.platform.http.health_endpoints import serving
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth

T = TypeVar("T")


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


@asynccontextmanager
async def on_port(
    routes: Sequence[BaseRoute], port: int = 0, metrics: Metrics | None = None
) -> AsyncIterator[str]:
    """Routes as a service serves them, on that port or a free one; yields the address."""
    counted = metrics or Metrics("test")
    async with serving("127.0.0.1", port, ServiceHealth(), counted, routes) as bound:
        yield f"http://127.0.0.1:{bound}"


@contextmanager
def in_thread(made: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """What an async context gives, on an event loop in a thread of its own."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(made) as found:
        yield found
