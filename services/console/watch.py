"""The console's own eye: one look at everybody every four seconds, what needs somebody since when, and rates.

One collector feeds all pages, so that a hundred readers cost the services nothing more.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from contracts.errors import UsageError
from contracts.vocabulary.scopes import AGENCIES
from services.operate.status.alerts import Alert, alerts
from services.operate.status.state import FederationState
from services.platform.process.metrics import SECONDS

LOOK_S: Final = 4.0  # between the beginnings of two looks
KEPT_S: Final = 600.0  # of counters, for rates
DELAYS: Final = "delay_seconds_bucket"
COUNTERS: Final = ("routed_total", "delivered_total", DELAYS)
KNOWN: Final = {
    "agency": frozenset(AGENCIES),
    "outcome": frozenset({"decided", "refused"}),
    "le": frozenset([*(str(bound) for bound in SECONDS), "+Inf"]),
}
LOG_ENDS: Final = "log_ends"  # of topics, by their name

Look = Callable[[], Awaitable[FederationState]]
Key = tuple[str, str, frozenset[tuple[str, str]]]  # a service, a counter's name and labels

log = structlog.get_logger("relais.console")


@dataclass(frozen=True, slots=True)
class SeenAlert:
    """What needs somebody, and the instant at which it was seen first."""

    alert: Alert
    since: float


class ConsoleWatch:
    """What was seen last; kept while nobody answers, with its age.

    Attributes:
        state: of the last look that came back; None before the first.
        seen: its alerts, the worst first.
        number: of the look.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self.state: FederationState | None = None
        self.seen: tuple[SeenAlert, ...] = ()
        self.number = 0
        self._since: dict[tuple[str, str, tuple[tuple[str, str], ...]], float] = {}
        self._history: deque[tuple[float, dict[Key, float]]] = deque()

    async def forever(self) -> None:
        """Look until cancelled."""
        while True:
            pause = asyncio.create_task(asyncio.sleep(LOOK_S))
            await self.look()
            await pause

    async def look(self) -> None:
        """Look once, and take over what was seen."""
        try:
            now = await self._look()
            if now.unheard:
                log.warning("not looked", why="this process had too little processor time")
            else:
                self.take(now)
        except (OSError, UsageError) as error:  # a file that is being replaced
            log.warning("not looked", why=type(error).__name__)

    def take(self, now: FederationState) -> None:
        """Take over a look."""
        firing = alerts(now)
        keys = {alert: (alert.name, alert.who, alert.labels) for alert in firing}
        self._since = {
            key: self._since.get(key, now.at) for key in keys.values()
        }  # what has passed begins anew if it comes again
        self.seen = tuple(SeenAlert(alert, self._since[key]) for alert, key in keys.items())
        self.state, self.number = now, self.number + 1
        self._history.append((now.at, _totals(now)))
        while self._history[0][0] < now.at - KEPT_S:
            self._history.popleft()

    @property
    def age_s(self) -> float:
        """Seconds since the last look."""
        return time.time() - self.state.at if self.state is not None else float("inf")

    def per_minute(self, name: str, **labels: str) -> float:
        """How much a counter grew a minute, over what is kept, where it has these labels."""
        if len(self._history) < 2:
            return 0.0
        (began, _), (ended, _) = self._history[0], self._history[-1]
        return 60 * self._grown(name, labels) / max(ended - began, LOOK_S)

    def within(self, share: float, **labels: str) -> float | None:
        """Seconds within which this share was deliverable, over what is kept: the bound of a bucket.

        Infinite if it is beyond the last one; None if there was nothing.
        """
        every = self._grown(DELAYS, {**labels, "le": "+Inf"}) if self._history else 0
        if not every:
            return None
        bounds = (
            bound
            for bound in SECONDS
            if self._grown(DELAYS, {**labels, "le": str(bound)}) >= share * every
        )
        return next(bounds, float("inf"))

    def _grown(self, name: str, labels: Mapping[str, str]) -> float:
        (_, first), (_, last) = self._history[0], self._history[-1]
        wanted = labels.items()
        return sum(
            value - before if (before := _before(first, key, value)) <= value else value
            for key, value in last.items()
            if key[1] == name and wanted <= key[2]
        )


def _before(first: dict[Key, float], key: Key, value: float) -> float:
    """A counter that was not there began at nought with its service; a log was there, only not seen."""
    return first.get(key, value if key[1] == LOG_ENDS else 0.0)


def _totals(now: FederationState) -> dict[Key, float]:
    """Counters by service, name and the labels that are known: a service that makes labels up fills no memory."""
    totals: dict[Key, float] = {}
    for answer in now.answers:
        for name in COUNTERS:
            for labels, value in answer.samples.of(name):
                own = (row for row in labels.items() if row[1] in KNOWN.get(row[0], ()))
                key = answer.service, name, frozenset(own)
                totals[key] = totals.get(key, 0.0) + value
    for topic in now.kafka.topics:
        if topic.end is not None:
            totals["kafka", LOG_ENDS, frozenset({("topic", topic.name)})] = topic.end
    return totals
