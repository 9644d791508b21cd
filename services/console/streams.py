"""Streams (server-sent events) that say when to look again; no figure stands in one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from services.console.watch import LOOK_S, ConsoleWatch
from services.platform.browser.answers import HEADERS
from services.platform.browser.sessions import Sessions

MOST_STREAMS: Final = 200
MOST_EACH: Final = 6  # of a session: as many connections as a browser opens
BEAT_S: Final = 15.0  # of a stream on which nothing happens


class Streams:
    """Those that are open, so many and no more: a page without one is whole, and fetched by hand."""

    def __init__(self, sessions: Sessions, watch: ConsoleWatch) -> None:
        self._sessions, self._watch = sessions, watch
        self._open: Counter[str] = Counter()

    @property
    def number(self) -> int:
        """How many are open."""
        return self._open.total()

    def answer(self, secret: str) -> Response:
        """One more for a session, by its cookie's secret; 503 if there are enough."""
        if self.number >= MOST_STREAMS or self._open[secret] >= MOST_EACH:
            return Response(status_code=503, headers=HEADERS)
        return _Stream(self, secret)

    async def looks(self, secret: str) -> AsyncIterator[str]:
        """A line after each look, until the session is over."""
        yield f"retry: {int(1000 * LOOK_S)}\n\n"
        while self._sessions.of(secret, is_use=False) is not None:
            try:
                async with asyncio.timeout(BEAT_S), self._watch.changed:
                    await self._watch.changed.wait()
                yield f"event: look\nid: {self._watch.number}\ndata:\n\n"
            except TimeoutError:
                yield ":\n\n"

    def took(self, secret: str) -> None:
        """One is open."""
        self._open[secret] += 1

    def left(self, secret: str) -> None:
        """One has ended."""
        self._open[secret] -= 1
        self._open += Counter()  # keeps those that have any


class _Stream(StreamingResponse):
    """Counted from before its first byte until after its last, however it ends."""

    def __init__(self, streams: Streams, secret: str) -> None:
        super().__init__(streams.looks(secret), media_type="text/event-stream", headers=HEADERS)
        self._streams, self._secret = streams, secret
        streams.took(secret)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.left(self._secret)
