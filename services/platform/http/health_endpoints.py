"""The three addresses that every service without an API of its own has: live, ready, metrics."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from typing import Any, Final, cast

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from contracts.errors import UsageError
from services.platform.http.responses import (
    OneValueEach,
    answer_nobody,
    not_routed,
    problem_response,
)
from services.platform.ports import ports
from services.platform.process.metrics import CONTENT_TYPE, Metrics
from services.platform.process.os_errors import why
from services.platform.process.progress import ServiceHealth, keep_what_started

OK: Final = 200
UNAVAILABLE: Final = 503
STOP_SECONDS: Final = 2  # for requests in hand
DATE_S: Final = 1.0  # between two dates that answers show
BACKLOG: Final = 128  # connections that wait to be accepted


def routes(health: ServiceHealth, metrics: Metrics) -> list[Route]:
    """`/live`, `/ready` (progress, not a ping) and `/metrics`."""

    async def live(_request: Request) -> Response:
        return JSONResponse({"live": health.live()}, OK if health.live() else UNAVAILABLE)

    async def ready(_request: Request) -> Response:
        return JSONResponse(health.report(), OK if health.ready() else UNAVAILABLE)

    async def numbers(_request: Request) -> Response:
        metrics.ready.set(health.ready())
        return Response(metrics.page(), media_type=CONTENT_TYPE)

    return [Route("/live", live), Route("/ready", ready), Route("/metrics", numbers)]


def _refused(paths: str) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Answers another path or method with a problem document, as an agency's own HTTP does."""

    async def refused(_request: Request, error: Exception) -> Response:
        return problem_response(not_routed(cast("HTTPException", error), paths))

    return refused


class _Server(uvicorn.Server):
    """uvicorn without signal handlers: the service ends itself, and wakes it for that."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopped = asyncio.Event()

    async def main_loop(self) -> None:
        """Set the date of answers until stopped; uvicorn's own loop wakes ten times as often."""
        while not self.stopped.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopped.wait(), DATE_S)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


@contextlib.asynccontextmanager
async def serving(
    host: str,
    port: int,
    health: ServiceHealth,
    metrics: Metrics,
    more: Sequence[BaseRoute] = (),
    middleware: Sequence[Middleware] = (),
) -> AsyncIterator[int]:
    """Answer on `port` (0: a free one) while the block lasts; yields the port.

    Every service is told ready here, so here its start is taken out of the collector's sight.

    Raises:
        UsageError: `port_taken`.
    """
    own = routes(health, metrics)
    nowhere = _refused(" or ".join(route.path for route in own))
    refused: dict[Any, Any] = {HTTPException: nowhere, ClientDisconnect: answer_nobody}
    around = [Middleware(OneValueEach), *middleware]
    app = Starlette(routes=[*own, *more], exception_handlers=refused, middleware=around)
    if (http := ports().http) is not None:
        async with http.serve(app, host, port) as bound:
            yield bound
        return
    config = uvicorn.Config(
        app, host, port, http="h11", log_config=None, access_log=False, lifespan="off",
        timeout_graceful_shutdown=STOP_SECONDS,
    )  # fmt: skip
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listen(host, port)]))
    started = asyncio.create_task(keep_what_started(health))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        started.cancel()
        server.stopped.set()
        await task


def listen(host: str, port: int, free: str = "a free port") -> socket.socket:
    """A listening socket that says that it is TCP.

    asyncio switches Nagle's algorithm off only where it knows the protocol; with it on, an answer
    written in two pieces waits 40 ms for the caller's delayed acknowledgement.

    Args:
        free: what is expected, where an option names another port.

    Raises:
        UsageError: `port_taken`.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise UsageError("port_taken", why(error), free, str(port)) from None
    return listener
