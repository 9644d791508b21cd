"""The self-test of an agency's desks: what each row found last, and who may have it tried again how often.

    by itself       every ten minutes all rows but the PING, which writes
    when asked      one row or all nine of a desk, by the desk or by whoever reaches this service:
                    what is asked again too soon is answered by what was found last, with its instant

One look at a time, and one PING of a desk: whoever asks meanwhile waits for it, and at most `WAITING` do. So asking
without end costs Kafka a look every `LOOK_S`, and the log a record a desk every `PING_S`. A desk that shows its
token has places to wait and a PING of its own: no stranger who asks without end can take its self-test from it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog

from contracts.vocabulary import topics
from services.agency.office.requests.pressure import busy
from services.agency.self_test.desk_rows import directory_row, realms_of, token_row
from services.agency.self_test.kafka_rows import KafkaPlaces, kafka_rows
from services.agency.self_test.ping import ping_rows
from services.platform.self_test.rows import RowName, SelfTestRow, every

if TYPE_CHECKING:
    from services.agency.loops.publisher import Publisher
    from services.agency.office.office import Office
    from services.platform.process.clock import Clock

EVERY_S: Final = 600.0  # between two looks by itself
LOOK_S: Final = 5.0  # between two looks at Kafka, whoever asks
PING_S: Final = (
    900.0  # between two PINGs of a desk that it asked for, and between two that others did
)
WAITING: Final = 16  # strangers who wait for a try that is under way; as many desks may besides
PINGED: Final = frozenset({"ping", "clock"})

log = structlog.get_logger("relais.agency")

Seconds = Callable[[], float]


@dataclass(slots=True)
class SelfTest:
    """What was found, and the means to find it again.

    Attributes:
        kept: desks of which a token is kept.
        seen: desks that have shown their token since the service started.
    """

    bootstrap: str
    client: Mapping[str, object]
    publisher: Publisher
    kept: frozenset[str]
    clock: Clock
    seconds: Seconds = time.monotonic
    seen: set[str] = field(default_factory=set)
    _kafka: tuple[SelfTestRow, ...] = ()
    _pings: dict[str, tuple[SelfTestRow, SelfTestRow]] = field(default_factory=dict)
    _looked: float = float("-inf")
    _pinged: dict[tuple[str, bool], float] = field(default_factory=dict)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _pinging: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )
    _waiting: Counter[bool] = field(default_factory=Counter)

    @property
    def _office(self) -> Office:
        return self.publisher.office

    async def forever(self, every_s: float = EVERY_S) -> None:
        """Look until cancelled; it writes nothing."""
        while True:
            await self._look()
            bad = sorted(row.code for row in self._kafka if row.state == "cannot")
            if bad:
                log.warning("self-test", codes=bad)
            await asyncio.sleep(every_s)

    def rows(self, desk: str) -> tuple[SelfTestRow, ...]:
        """The nine rows of a desk, as they were found last; what needs nobody else, as it is now."""
        own = (
            token_row(is_kept=desk in self.kept, was_seen=desk in self.seen),
            directory_row(self._office, desk, self.clock.now()),
        )
        return every((*self._kafka, *own, *self._pings.get(desk, ())))

    async def again(
        self, desk: str, row: RowName | None = None, *, is_own: bool = False
    ) -> tuple[SelfTestRow, ...]:
        """Try one row, or all, as far as it is time; then what was found last.

        Args:
            desk: one of the agency's.
            is_own: whether that desk itself asks, by its token.

        Raises:
            ProblemError: 503 `busy`: too many wait already.
        """
        if self._waiting[is_own] >= WAITING:
            raise busy()
        self._waiting[is_own] += 1
        try:
            if row not in PINGED:
                await self._look()
            if row is None or row in PINGED:
                await self._ping(desk, is_own=is_own)
        finally:
            self._waiting[is_own] -= 1
        return self.rows(desk)

    async def _look(self) -> None:
        async with self._looking:
            if self.seconds() >= self._looked + LOOK_S:
                self._kafka = await kafka_rows(self._places())
                self._looked = self.seconds()

    async def _ping(self, desk: str, *, is_own: bool) -> None:
        """On one bus alone: the first on which the desk is."""
        async with self._pinging[desk]:
            realms, asker = realms_of(self._office, desk, self.clock.now()), (desk, is_own)
            if realms and self.seconds() >= self._pinged.get(asker, float("-inf")) + PING_S:
                self._pinged[asker] = self.seconds()
                self._pings[desk] = await ping_rows(self.publisher, self.clock, desk, realms[0])

    def _places(self) -> KafkaPlaces:
        """Own inboxes and outboxes; the log and everybody else's inbox, of each bus."""
        agency, now = self._office.agency, self.clock.now()
        own: list[str] = []
        foreign: list[str] = []
        for realm in agency.realms:
            own += [topics.inbox(realm, agency.name), topics.outbox(realm, agency.name)]
            rows = agency.in_force(realm, now)[1].desks.values()
            others = sorted({row.agency for row in rows} - {agency.name})
            foreign += [topics.decisions(realm), *(topics.inbox(realm, name) for name in others)]
        return KafkaPlaces(
            self.bootstrap, dict(self.client), agency.name, tuple(own), tuple(foreign)
        )
