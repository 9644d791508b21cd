"""Webhooks as they run: one desk's in order, several desks beside each other (webhooks §5).

How far each desk's are (`progress.py`) lies in the agency's memory. It is written once a second: a
service that dies tells what it told in that second once more, under the same ids.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Final

import orjson
import structlog

from contracts.encoding import digest
from services.agency.loops.incoming import Incoming
from services.agency.office.inbox.reading import arrival_at, behind, choose
from services.agency.office.office import Office
from services.agency.webhooks.post import Posted, Poster, WebhookKeys, message_of
from services.agency.webhooks.progress import Retry, WebhookProgress
from services.platform.http.problems import ProblemError
from services.platform.http.receiver import Receiver
from services.platform.ports import now_ms
from services.platform.process.clock import Clock
from services.platform.process.metrics import Metrics
from services.platform.process.side_by_side import until_one_ends
from services.platform.store.memory import LostMemoryError, Memory

AT_ONCE: Final = 16  # connections of one service
WRITE_S: Final = 1.0
IDLE_S: Final = 30.0
AGAIN_S: Final = 60.0  # after a fault of ours
COUNT_S: Final = 10.0  # between two counts
RESUMED_S: Final = 5.0  # between two resumptions, each of which may write and post all that waits
GIVEN_UP: Final = "given_up"

log = structlog.get_logger("relais.webhooks")


class DeskWebhooks:
    """One desk's webhooks.

    Args:
        kept: how far they were in an earlier life; empty: there was none.
        ahead: seconds by which the clock that says when to try again is ahead of the machine's: a
            sandbox's is moved.
    """

    def __init__(
        self, desk: str, receiver: Receiver, office: Office, incoming: Incoming, kept: bytes,
        post: Poster, ahead: Callable[[], float] = lambda: 0,
    ) -> None:  # fmt: skip
        self.desk, self.receiver = desk, receiver
        self.keys = WebhookKeys(office.agency.secret, desk, office.agency.place_secret)
        self.tried: Counter[str] = Counter()
        self.last: Posted | None = None  # what came of the last try, since the service started
        self._view = office.view(desk)
        self._incoming, self._post, self._ahead = incoming, post, ahead
        self._stirred = False
        self._resumed = -math.inf
        self.progress = self._begun(kept)

    def _now(self) -> float:
        return now_ms() / 1000 + self._ahead()

    @property
    def pending(self) -> int:
        """Arrivals of which the receiver does not know yet."""
        return behind(self._view, self.progress.after) + len(self.progress.retries)

    @property
    def late_s(self) -> float:
        """Seconds since the first try of what was not taken yet."""
        return max((self._now() - retry.since for retry in self.progress.retries), default=0)

    @property
    def next_at(self) -> float | None:
        """When what waits is tried next, seconds, now if overdue; None if nothing waits."""
        waits, now = self.progress.retries and not self.progress.stopped, self._now()
        return max(self.progress.next_at(now), now) if waits else None

    async def run(self, gate: asyncio.Semaphore) -> None:
        """Post for ever."""
        while True:
            if (retry := self._next()) is None:
                await self._wait()
                continue
            async with gate:
                await self._try(retry)

    async def resume(self) -> None:
        """Begin again where it stopped; asked again at once, it goes on as it is."""
        if self._now() - self._resumed < RESUMED_S:
            return
        self._resumed = self._now()
        self.progress.resume()
        self._stirred = True
        await self._incoming.stir()

    def _begun(self, kept: bytes) -> WebhookProgress:
        """As it was kept; without that, behind all that has arrived so far.

        A topic that was made anew is read from its beginning.
        """
        receiver, read_to = digest(self.receiver.url), self._incoming.read_to(self.desk)
        if not kept:
            return WebhookProgress(receiver, dict(read_to))
        progress = WebhookProgress.read(orjson.loads(kept))
        progress.after = {
            place: min(offset, read_to.get(place, offset))
            for place, offset in progress.after.items()
        }
        if progress.receiver != receiver:
            progress.receiver = receiver
            progress.resume()
        return progress

    def _next(self) -> Retry | None:
        """What is to be tried now."""
        progress, now = self.progress, self._now()
        if progress.stopped or progress.held > now:
            return None
        if (due := progress.due(now)) is not None:
            return due
        if not progress.takes_new:
            return None
        for arrival in choose(self._view, progress.after, 1):
            return Retry(*arrival.place, arrival.offset)
        return None

    async def _wait(self) -> None:
        """Until there is something to do."""
        self._stirred = False
        until = math.inf if self.progress.stopped else self.progress.next_at(self._now())
        await self._incoming.until(
            lambda: self._stirred or self._next() is not None, min(until - self._now(), IDLE_S)
        )

    async def _try(self, retry: Retry) -> None:
        place = retry.realm, retry.partition
        arrival = arrival_at(self._view, place, retry.offset)
        if arrival is None:  # erased since
            self.progress.over(retry)
            return
        message = message_of(arrival, self.desk, self._view, self.keys)
        headers = self.keys.headers(message, now_ms() // 1000)
        self.last = posted = await self._post(self.receiver, headers, message.body)
        self.tried[posted.result] += 1
        given_up = self.progress.given_up
        self.progress.tried(retry, posted, self._now())
        if self.progress.stopped:
            log.error("webhooks stopped", code=self.progress.stopped)
        if self.progress.given_up > given_up:
            self.tried[GIVEN_UP] += 1
            log.warning("webhook given up")


class Webhooks:
    """Those of all desks of an agency that have a receiver.

    Attributes:
        post: tries once.

    Args:
        memory: keeps how far they are; without it nothing is posted.
        ahead: as each desk's have it.
    """

    def __init__(
        self, receivers: Mapping[str, Receiver], office: Office, incoming: Incoming, memory: Memory,
        post: Poster, ahead: Callable[[], float] = lambda: 0,
    ) -> None:  # fmt: skip
        own = {desk: to for desk, to in receivers.items() if desk in office.agency.desks}
        for desk in sorted(receivers.keys() - own.keys()):
            log.warning("webhooks of no desk of ours", desk=desk)
        self.desks: dict[str, DeskWebhooks] = {}
        self._new = {
            desk: partial(DeskWebhooks, desk, to, office, incoming, post=post, ahead=ahead)
            for desk, to in own.items()
        }
        self._memory, self._kept = memory, dict[str, bytes]()
        self.post, self._office = post, office
        with suppress(LostMemoryError):  # it gives alarm itself, and `run` tries again
            self._begin(memory.read())

    def _begin(self, kept: Mapping[str, bytes]) -> None:
        for desk, new in self._new.items():
            self.desks[desk] = new(kept.get(_name(desk), b""))

    async def run(self, clock: Clock, metrics: Metrics) -> None:
        """Post and count for ever, once it is known how far they are."""
        while self.desks.keys() != self._new.keys():
            await asyncio.sleep(WRITE_S)
            with suppress(LostMemoryError):
                self._begin(await self._memory.aside(self._memory.read))
        gate = asyncio.Semaphore(AT_ONCE)
        loops = [_unending(desk, gate) for desk in self.desks.values()]
        try:
            await until_one_ends(self._counting(clock, metrics), self._keeping(), *loops)
        finally:
            await self.keep()

    async def _keeping(self) -> None:
        while True:
            await self.keep()
            await asyncio.sleep(WRITE_S)

    async def keep(self) -> None:
        """Write how far they have come; where that fails, some is told twice after a new start."""
        far = {_name(desk): orjson.dumps(one.progress.wire()) for desk, one in self.desks.items()}
        if far != self._kept:
            with suppress(LostMemoryError):
                await self._memory.aside(self._write, far)
                self._kept = far

    def _write(self, far: Mapping[str, bytes]) -> None:
        with self._memory.changing() as kept:
            kept.update(far)

    async def _counting(self, clock: Clock, metrics: Metrics) -> None:
        while True:
            try:
                self.count(clock.now(), metrics)
            except ProblemError:  # the clock was moved back, before any directory
                log.debug("webhooks not counted")
            await asyncio.sleep(COUNT_S)

    def count(self, now: int, metrics: Metrics) -> None:
        """Count once; two desks of one role are one number."""
        book, late = self._office.agency.book(now), Counter[str]()
        pending, stopped = Counter[str](), Counter[str]()
        for desk, webhooks in self.desks.items():
            role = book.role(desk)
            pending[role] += webhooks.pending
            stopped[role] += bool(webhooks.progress.stopped)
            late[role] = max(late[role], int(webhooks.late_s))
            for outcome, tries in webhooks.tried.items():
                metrics.webhook_tries.labels(role, outcome).inc(tries)
            webhooks.tried.clear()
        for gauge, counts in (
            (metrics.webhook_pending, pending),
            (metrics.webhook_stopped, stopped),
            (metrics.webhook_late, late),
        ):
            for role, number in counts.items():
                gauge.labels(role).set(number)


def _name(desk: str) -> str:
    return f"webhooks/{desk}"


async def _unending(webhooks: DeskWebhooks, gate: asyncio.Semaphore) -> None:
    """A fault of ours in one desk's stops neither the service nor the others'."""
    structlog.contextvars.bind_contextvars(desk=webhooks.desk)
    while True:
        try:
            await webhooks.run(gate)
        except Exception:
            log.exception("webhooks failed")
            await asyncio.sleep(AGAIN_S)
