"""HTTP that waits for nobody for ever: whoever sends no request, or takes no answer, loses the connection."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S: Final = (
    10.0  # from a request's first byte, or a connection's beginning, to the end of its head
)
TAKEN_S: Final = 30.0  # until the buffers of an answer are empty enough to go on


class ImpatientProtocol(H11Protocol):
    """uvicorn's own, with the two limits that it lacks: it ends idle connections alone."""

    cycle: Any  # the request in hand or the last one; None before the first
    _head: asyncio.TimerHandle | None = None
    _untaken: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A request has to come."""
        super().connection_made(transport)
        self._head = self.loop.call_later(HEAD_S, self._too_late)

    def data_received(self, data: bytes) -> None:
        """A request that has begun has to end."""
        super().data_received(data)
        if not self._waits():
            self._forget_head()
        elif self._head is None:
            self._head = self.loop.call_later(HEAD_S, self._too_late)

    def pause_writing(self) -> None:
        """The answer is not being taken."""
        super().pause_writing()
        if self._untaken is None:
            self._untaken = self.loop.call_later(TAKEN_S, self.transport.abort)

    def resume_writing(self) -> None:
        """It is again."""
        super().resume_writing()
        self._forget_untaken()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for."""
        self._forget_head()
        self._forget_untaken()
        super().connection_lost(exc)

    def _waits(self) -> bool:
        """Whether no request is in hand."""
        return self.cycle is None or self.cycle.response_complete

    def _too_late(self) -> None:
        self._head = None
        if self._waits():
            self.transport.abort()

    def _forget_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _forget_untaken(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None
