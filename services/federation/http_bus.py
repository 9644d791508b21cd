"""The running federation as a story sees it: its public HTTP, its clock file, its topics.

A story runs in a thread of its own, so that the event loop keeps watching processes and signals;
what needs the loop (Kafka) is handed over to it. `interrupt` makes the next request of the story
its last.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final, TypeVar

import httpx

from contracts.convention.model import Convention
from contracts.draft import Draft
from contracts.scopes import ROLES
from services.federation.driver import Answer, Arrival
from services.federation.home import Home
from services.federation.launch import Federation
from services.federation.partners import PARTNERS
from services.federation.straight import publish_straight
from services.federation.witness import Witness
from services.shell import clock as clocks

ANSWER_S: Final = 60.0  # for one request; a service answers within 8 or says 503
PAGE: Final = 50  # arrivals in one answer of the inbox
TRIES: Final = 5  # of a request that was answered 503, with the same idempotency key
PAUSE_S: Final = 1.0

T = TypeVar("T")


class InterruptedPlayError(Exception):
    """Somebody asked to stop: the story ends here."""


class PlayClock:
    """The federation's clock file."""

    def __init__(self, home: Home) -> None:
        self._clock = clocks.FileClock(home.clock)
        self.moved_to: int | None = None  # since somebody last set it to None

    def now(self) -> int:
        """Seconds since 1970, UTC."""
        return self._clock.now()

    def move_to(self, instant: int) -> None:
        """Move forward to an instant; past ones are ignored."""
        if instant > self.now():
            self.moved_to = clocks.set_to(self._clock.path, instant)

    def advance(self, seconds: int) -> None:
        """Move forward by so many seconds."""
        self.move_to(self.now() + seconds)


class HttpBus:
    """Implements `driver.Bus` over the services' public HTTP.

    Args:
        loop: the event loop that the witness lives in; not the thread of the story.
    """

    def __init__(
        self,
        federation: Federation,
        witness: Witness,
        audit: Coroutine[Any, Any, Any] | None,
        loop: asyncio.AbstractEventLoop,
        marker: str = "",
    ) -> None:
        self.marker = marker
        self.clock = PlayClock(federation.home)
        self._federation = federation
        self._witness = witness
        self._loop = loop
        self._http = httpx.Client(timeout=ANSWER_S, trust_env=False)
        self._cursors: dict[str, str] = {}
        self._stopped = threading.Event()

    @property
    def convention(self) -> Convention:
        """The one in force."""
        return self._federation.home.convention

    @property
    def roles(self) -> Mapping[str, str]:
        """Short id of every desk -> its role."""
        return {partner.desk: partner.role for partner in PARTNERS}

    def interrupt(self) -> None:
        """Let the story end at its next request."""
        self._stopped.set()

    def close(self) -> None:
        """Close connections."""
        self._http.close()
