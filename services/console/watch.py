"""The console's looks at all services, and where action is needed.

Every four seconds while somebody reads, twice a minute else. One collector feeds all pages, so that
a hundred readers cost the services nothing more.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from contracts.errors import UsageError
from services.operate.gauge import CHECKED, DRIFT
from services.operate.status.alerts import Alert, alerts
from services.operate.status.state import FederationState
from services.platform.ports import monotonic, now

LOOK_S: Final = 4.0  # between the beginnings of two looks
UNREAD_S: Final = 26.0  # while nobody reads, a look is due that long after the last one
READS_S: Final = 60.0  # that somebody reads, from a page on

Look = Callable[[], Awaitable[FederationState]]

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
        self._taken = self._read = -math.inf  # monotonic seconds
        self._turn = asyncio.Lock()
        self._since: dict[tuple[str, str, tuple[tuple[str, str], ...]], float] = {}

    async def forever(self) -> None:
        """Look until cancelled."""
        while True:
            pause = asyncio.create_task(asyncio.sleep(LOOK_S))
            if monotonic() - self._read < READS_S or self._is_older_than(UNREAD_S):
                async with self._turn:
                    await self.look()
            await pause

    async def for_reader(self) -> None:
        """Look more often from now on; and at once, if what was seen is from before that."""
        self._read = monotonic()
        async with self._turn:
            if self._is_older_than(2 * LOOK_S):
                await self.look()

    def _is_older_than(self, seconds: float) -> bool:
        return monotonic() - self._taken > seconds

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
        self._taken, firing = monotonic(), alerts(now)
        keys = {alert: (alert.name, alert.who, alert.labels) for alert in firing}
        self._since = {
            key: self._since.get(key, now.at) for key in keys.values()
        }  # what has passed begins anew if it comes again
        self.seen = tuple(SeenAlert(alert, self._since[key]) for alert, key in keys.items())
        self.state, self.number = now, self.number + 1

    @property
    def age_s(self) -> float:
        """Seconds since the last look."""
        return now() - self.state.at if self.state is not None else float("inf")


class DriftSeen(Collector):
    """Drift among the console's metrics, for Prometheus reads no file of a home; or nothing."""

    def __init__(self, watch: ConsoleWatch) -> None:
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        """Two families, a sample a kind each."""
        rows = self._watch.state.drift if self._watch.state is not None else {}
        drift = GaugeMetricFamily(DRIFT, "Differences from what was agreed", labels=["kind"])
        checked = GaugeMetricFamily(CHECKED, "When it was looked for last", labels=["kind"])
        for kind, (number, at) in rows.items():
            drift.add_metric([kind], number)
            checked.add_metric([kind], at)
        yield from (drift, checked)
