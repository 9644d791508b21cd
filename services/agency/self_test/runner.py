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

from contracts.convention.retention import classes_of
from contracts.errors import RelaisError
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from services.agency.office.fold.own_events import PUBLISHED
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.requests.pressure import busy
from services.agency.self_test.kafka_rows import KafkaPlaces, kafka_rows
from services.platform.http.problems import ProblemError
from services.platform.self_test.rows import (
    SKEW_S,
    RowName,
    SelfTestRow,
    cannot,
    every,
    unused,
    worked,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from contracts.keys.directory import Directory
    from services.agency.loops.publisher import Publisher
    from services.agency.office.office import Office
    from services.platform.process.clock import Clock

WAIT_S: Final = 10.0  # for the router
HEARD_S: Final = 0.01  # between two looks at what was told
_CODES: Final = {"too_many_new_cases": "too_many", "too_much_on_case": "too_many"}


DAY_S: Final = 86_400
EVERY_S: Final = 600.0  # between two looks by itself
LOOK_S: Final = 5.0  # between two looks at Kafka, whoever asks
PING_S: Final = (
    900.0  # between two PINGs of a desk that it asked for, and between two that others did
)
WAITING: Final = 16  # strangers who wait for a try that is under way; as many desks may besides
PINGED: Final = frozenset({"ping", "clock"})

log = structlog.get_logger("relais.agency")
Seconds = Callable[[], float]


async def ping_rows(
    publisher: Publisher, clock: Clock, desk: str, realm: str, wait_s: float = WAIT_S
) -> tuple[SelfTestRow, SelfTestRow]:
    """Publish one and wait for the router's notice: the rows `ping` and `clock`. Nothing is raised."""
    at, began, sent = time.time(), time.monotonic(), clock.now()
    try:
        answer = await publisher.publish(DeskRequest(desk, "ping", {"realm": realm}))
    except (ProblemError, RelaisError) as error:
        code = _CODES.get(error.code, "not_published")
        return cannot("ping", at, code), SelfTestRow("clock")
    (event,) = answer.events
    state = await _told(publisher, desk, event, wait_s)
    seconds = time.monotonic() - began
    if state == PUBLISHED:
        return cannot("ping", at, "no_answer", seconds=seconds), SelfTestRow("clock")
    clocks = clock_row(publisher.office.fold.witnessed, sent, clock.now(), at)
    if state != "decided":
        return cannot("ping", at, "ping_refused", seconds=seconds), clocks
    return worked("ping", at, seconds=seconds), clocks


def clock_row(signed: int, sent: int, told: int, at: float) -> SelfTestRow:
    """The router signed its notice between two instants of ours, if clocks agree; to the second.

    Args:
        signed: by the router's clock, seconds.
        sent, told: by ours.
    """
    differs = float(max(signed - told, sent - signed, 0))
    if differs > SKEW_S:
        return cannot("clock", at, "clock_differs", seconds=differs)
    return worked("clock", at, seconds=differs)


async def _told(publisher: Publisher, desk: str, event: str, wait_s: float) -> str:
    until = time.monotonic() + wait_s
    while True:
        own = publisher.office.view(desk).own.get(event)
        if own is not None and own.state != PUBLISHED:
            return own.state
        if time.monotonic() > until:
            return PUBLISHED
        await asyncio.sleep(HEARD_S)


def token_row(*, is_kept: bool, was_seen: bool) -> SelfTestRow:
    """A token is kept by its hash alone: that it is the desk's, only the desk can show."""
    at = time.time()
    if not is_kept:
        return cannot("token", at, "no_token")
    return worked("token", at) if was_seen else unused("token", "token_not_seen", at)


def directory_row(office: Office, desk: str, now: int) -> SelfTestRow:
    """Every bus of the desk: an entry, a signing key that it holds, and of each class in which a clause lets it receive a key that it can open with.

    Args:
        now: the federation's time, seconds.
    """
    at, days = time.time(), []
    for realm in realms_of(office, desk, now):
        convention, directory = office.agency.in_force(realm, now)
        urn = desk_urn(realm, desk)
        classes = classes_of(convention, realm, directory.role_of(urn))
        if (code := _fault(office, directory, urn, now, classes)) is not None:
            return cannot("directory", at, code)
        days.append((directory.expires - now) // DAY_S)
    if not days:
        return cannot("directory", at, "not_in_directory")
    return worked("directory", at, days=min(days))


def realms_of(office: Office, desk: str, now: int) -> tuple[str, ...]:
    """The buses on which the directory in force names a desk."""
    try:
        return tuple(
            realm
            for realm in office.agency.realms
            if office.agency.in_force(realm, now)[1].desk(desk_urn(realm, desk)) is not None
        )
    except ProblemError:  # nothing is in force
        return ()


def _fault(
    office: Office, directory: Directory, urn: str, now: int, classes: Iterable[str]
) -> str | None:
    if directory.expires <= now:
        return "directory_ended"
    own, ring = office.agency.signers.get(urn), office.agency.rings.get(urn)
    try:
        signs = own is not None and own.valid(directory, now)
    except RelaisError:
        signs = False
    if not signs:
        return "signer_not_listed"
    for retention in classes:
        valid = directory.encryption.valid(urn, retention, now)
        if not valid:
            return "no_key"
        if ring is None or not any(ring.private(key.kid) is not None for key in valid):
            return "key_not_held"
    return None


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
