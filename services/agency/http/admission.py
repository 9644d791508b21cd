"""Back-pressure: what cannot be done soon is refused at once, with a time to come back.

    429 too_many_at_once   this caller has too many requests in hand; the others go on
    503 busy               all callers together have
    503 routing_behind     too many of the agency's own events still wait for routing's decision
    429 too_many_new_cases the desk has opened as many cases in this hour as its service lets it

The first two are counted before a body is read (`Gate`), so that memory is bounded by what is in
hand and not by what is offered; the third keeps an intake from taking for days what routing does
not get on with (an event not routed within 7 days has expired); the last bounds what a stolen
token can fill. A refused request was not taken: nothing of it is kept, and it may be sent again
with its key.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.agency.office.requests.pressure import AWAY_S, busy, later
from services.platform.http.problems import ProblemError
from services.platform.http.responses import problem_response
from services.platform.process.metrics import Metrics

WRITES: Final = 128  # requests that publish in hand, of all callers: more only wait longer
WRITES_OF_ONE: Final = 96  # of one caller
READS: Final = 512  # of all callers, long polls included
READS_OF_ONE: Final = 128

_CALLER: Final = b"authorization"


class Gate:
    """Stands before an agency's routes and lets so many requests in at once.

    Callers are told apart by what they say in `Authorization`, before it is checked: whoever says
    nothing or something wrong is a caller too.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._in_hand: Counter[tuple[str, bytes]] = Counter()  # kind, caller
        self._all: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kind = "reads" if scope["method"] in ("GET", "HEAD") else "writes"
        caller = next((value for name, value in scope["headers"] if name == _CALLER), b"")
        if refused := self._refused(kind, caller):
            self._metrics.turned_away.labels(refused.code).inc()
            await problem_response(refused)(scope, receive, send)
            return
        self._all[kind] += 1
        self._in_hand[kind, caller] += 1
        try:
            await self._let_in(scope, receive, send)
        finally:
            self._all[kind] -= 1
            self._in_hand[kind, caller] -= 1
            if not self._in_hand[kind, caller]:
                del self._in_hand[kind, caller]

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request that is still in hand when the service ends is told so, in our own form."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except asyncio.CancelledError:
            if not begun:
                stopping = later(503, "stopping", "a service that ends", AWAY_S)
                await problem_response(stopping)(scope, receive, send)
            raise

    def _refused(self, kind: str, caller: bytes) -> ProblemError | None:
        most, most_of_one = (READS, READS_OF_ONE) if kind == "reads" else (WRITES, WRITES_OF_ONE)
        if self._all[kind] >= most:
            return busy()
        if self._in_hand[kind, caller] >= most_of_one:
            return later(429, "too_many_at_once", f"{most_of_one} requests in hand", AWAY_S)
        return None
