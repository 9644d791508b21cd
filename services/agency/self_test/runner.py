"""The self-test of an agency's desks: what each row found last, and who may have it tried again how often.

    by itself       every ten minutes all rows but the PING, which writes
    when asked      one row or all nine of a desk, by the desk or by whoever reaches this service:
                    what is asked again too soon is answered by what was found last, with its instant

One try at a time: whoever asks meanwhile waits for it, and at most `WAITING` do. So asking without end
costs Kafka a look every `LOOK_S`, and the log a record a desk and bus every `PING_S`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog

from contracts.vocabulary import topics
from services.agency.office.pressure import busy
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
PING_S: Final = 900.0  # between two PINGs of a desk
WAITING: Final = 16  # who wait for a try that is under way
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
    _pinged: dict[str, float] = field(default_factory=dict)
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: int = 0

    @property
    def _office(self) -> Office:
        return self.publisher.office

    async def forever(self, every_s: float = EVERY_S) -> None:
        """Look until cancelled; it writes nothing."""
        while True:
            async with self._alone:
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

    async def again(self, desk: str, row: RowName | None = None) -> tuple[SelfTestRow, ...]:
        """Try one row, or all, as far as it is time; then what was found last.

        Raises:
            ProblemError: 503 `busy`: too many wait already.
        """
        if self._waiting >= WAITING:
            raise busy()
        self._waiting += 1
        try:
            async with self._alone:
                if row not in PINGED:
                    await self._look()
                if row is None or row in PINGED:
                    await self._ping(desk)
        finally:
            self._waiting -= 1
        return self.rows(desk)

    async def _look(self) -> None:
        if self.seconds() < self._looked + LOOK_S:
            return
        self._kafka = await kafka_rows(self._places())
        self._looked = self.seconds()

    async def _ping(self, desk: str) -> None:
        """On one bus alone: the first on which the desk is."""
        realms = realms_of(self._office, desk, self.clock.now())
        if not realms or self.seconds() < self._pinged.get(desk, float("-inf")) + PING_S:
            return
        self._pinged[desk] = self.seconds()
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
