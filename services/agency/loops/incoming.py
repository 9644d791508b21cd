"""The reading side of an agency's service: its inbox topics into the fold, and out of them again.

All desks of an agency share one inbox a realm. The subscription reads it from the beginning on
every start; the fold keeps metadata only, by desk. `GET /v1/inbox` reads the chosen records again,
by offset, opens them for that one answer and forgets them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Protocol

import structlog
from aiokafka import ConsumerRecord

from contracts.encoding import unb64u
from contracts.envelope.receive import RecipientContext
from contracts.envelope.wire import Inbound, LogPlace
from contracts.errors import RelaisError
from contracts.keys.directory import Directory
from contracts.log.erasing.forgetting import told_leaf
from services.agency.loops.inbox_store import InboxMemory
from services.agency.office.awaited import Awaited
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.numbers import Place
from services.agency.office.inbox import cursor, inbox_fold
from services.agency.office.inbox.reading import choose, moved, opened
from services.agency.office.office import Office
from services.agency.office.passing_over import UNREAD, PassingOver
from services.agency.office.responses.inbox import InboxItem
from services.agency.office.sending.identity import Inboxes
from services.platform.http.problems import ProblemError, kafka_unreachable
from services.platform.kafka.reading.log_reader import inbound
from services.platform.process.clock import Clock

PAGE: Final = 50  # arrivals in one answer
ANSWER_S: Final = 8.0  # that a caller waits for records, turn included; as long as for a commit

log = structlog.get_logger("relais.inbox")


async def _nothing_new() -> None:
    """Who follows control elsewhere has it at hand."""


class Picks(Protocol):
    """Where single records are read again: of a `LogReader` no more is needed."""

    async def begins(self, partitions: Iterable[LogPlace]) -> Mapping[LogPlace, int]:
        """The first offset that each partition still has."""

    async def pick(
        self, wanted: Mapping[LogPlace, Iterable[int]]
    ) -> Mapping[tuple[LogPlace, int], Inbound]:
        """Single records by offset; what is no longer kept is left out."""


@dataclass(slots=True)
class Incoming:
    """Inbox partitions as they are read.

    Attributes:
        picks: fetches little at a time: between a desk's records lie those of others.
        unreadable: records that name nobody: no desk is shown them.
        memory: of what they said, for the next start.
        awaited: of the records that they name, which the published log has to show.
        refresh: reads what control has by now: a router knows a key at once, who follows it a
            second later.
    """

    office: Office
    clock: Clock
    inboxes: Inboxes
    picks: Picks
    taken: int = 0
    failed: int = 0
    unreadable: int = 0
    _next: dict[LogPlace, int] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _picking: asyncio.Lock = field(default_factory=asyncio.Lock)  # one consumer, one assignment
    failure: str = ""
    memory: InboxMemory = field(default_factory=InboxMemory)
    awaited: Awaited = field(default_factory=dict)
    refresh: Callable[[], Awaitable[object]] = _nothing_new

    @property
    def places(self) -> list[LogPlace]:
        """Every inbox partition."""
        registries = self.office.agency.registries
        return [
            LogPlace(name, number)
            for name, (realm, _) in self.inboxes.items()
            for number in range(registries[realm].partitions)
        ]

    @property
    def taken_to(self) -> Mapping[LogPlace, int]:
        """The offset after the last record that was folded, of each inbox partition."""
        return self._next

    def begin(self, starts: Mapping[LogPlace, int]) -> None:
        """Note where each partition begins: in whole ones each desk is numbered from 1."""
        self._next = dict(starts)
        for place, offset in starts.items():
            realm, desks = self.inboxes[place.topic]
            for desk in desks:
                self.office.view(desk).numbers.start_at(
                    (realm, place.partition), complete=offset == 0
                )

    async def handle(self, records: Iterable[ConsumerRecord[Any, Any]]) -> None:
        """Take a batch as Kafka hands it over; never raises."""
        await self.take(map(inbound, records))

    async def take(self, records: Iterable[Inbound]) -> None:
        """Take a batch; never raises."""
        try:
            async with self._one:
                behind = True  # control may have what these were made by
                for record in records:
                    if not self._take(record, final=not behind):
                        await self.refresh()
                        behind = False
                        self._take(record, final=True)
                self._remember()
        except Exception as error:
            self.failure = type(error).__name__
            log.exception("fold failed")
        await self.stir()

    async def remember(self) -> None:
        """Write what still waits to be remembered, if it is time."""
        async with self._one:
            self._remember()

    def _remember(self, *, now: bool = False) -> None:
        self.memory.write(self._next, now=now)

    async def forget(self, places: Iterable[LogPlace]) -> bool:
        """Let the store forget messages of erased cases in some partitions; whether it had any."""
        has, now = self.office.erased.has, self.clock.now()
        async with self._one:
            self._remember(now=True)
            return self.memory.forget_cases(
                [place for place in places if place.topic in self.inboxes],
                lambda place, leaf: has(self.inboxes[place.topic][0], place.partition, leaf, now),
            )

    def close(self) -> None:
        """Write what still waits, and remember nothing more."""
        self._remember(now=True)
        self.memory.close()

    async def idle(self) -> None:
        """Return once the batch in hand, if any, has been taken."""
        async with self._one:
            return

    def directories(self) -> dict[str, Directory]:
        """Of each realm the directory in force."""
        now = self.clock.now()
        realms = {realm for realm, _ in self.inboxes.values()}
        return {realm: self.office.agency.in_force(realm, now)[1] for realm in realms}

    def go_on(self, starts: Mapping[LogPlace, int]) -> None:
        """What lies before these offsets has been folded."""
        self._next |= starts

    def recall(self, place: LogPlace, offset: int, desk: str, said: inbox_fold.Said) -> None:
        """Fold what a record said that was verified in an earlier life."""
        there = self.inboxes[place.topic][0], place.partition
        fold, now = self.office.fold, self.clock.now()
        if self.office.erased.has(*there, told_leaf(said), now):
            said = inbox_fold.forgotten(said)
        self._expect(there[0], place.partition, said)
        fold.erased.now = now
        error = inbox_fold.fold_in(said, offset, there, desk, fold)
        self._counted(desk, error, realm=there[0])

    def take_again(self, record: Inbound) -> None:
        """Take a record that did not verify in an earlier life."""
        self._fold(record, final=True)

    def _take(self, record: Inbound, *, final: bool) -> bool:
        """Take a record; False: it does not verify, and is not taken, for this is not final."""
        place = LogPlace(record.topic, record.partition)
        if record.offset < self._next.get(place, 0):
            return True
        try:
            self._fold(record, final=final)
        except RelaisError:
            if final:
                raise
            return False
        self._next[place] = record.offset + 1
        self.memory.last(record)
        return True

    def _fold(self, record: Inbound, *, final: bool) -> None:
        realm, desks = self.inboxes[record.topic]
        place, now = (realm, record.partition), self.clock.now()
        note = partial(self._note, record, realm, now)
        at = {"partition": record.partition, "offset": record.offset}
        with structlog.contextvars.bound_contextvars(realm=realm, **at):
            desk, code = self.office.take(record, place, desks, now, note, final=final)
            self._counted(desk, code)

    def _note(
        self, record: Inbound, realm: str, now: int, desk: str, said: inbox_fold.Said | None
    ) -> None:
        """Remember what a record said, and hold the log to it."""
        if said is not None:
            self._expect(realm, record.partition, said)
        if self.memory.store is not None:
            _, directory = self.office.agency.in_force(realm, now)
            self.memory.note(record, realm, desk, said, directory)

    def _expect(self, realm: str, partition: int, said: inbox_fold.Said) -> None:
        """Hold the published log to what a record says of it; what was erased is not asked."""
        if "out" in said and (awaited := self.awaited.get((realm, partition))) is not None:
            claims = said["receipt"] if "receipt" in said else said["notice"]
            since = min(claims["iat"], self.clock.now())
            awaited.expect(unb64u(claims["dec"]), unb64u(said["out"]), since)

    def _counted(self, desk: str, code: str, **where: str) -> None:
        self.taken += 1
        if code:
            self.failed += 1
            self.unreadable += not desk
            log.warning("arrival refused", desk=desk, code=code, **where)

    def read_to(self, desk: str) -> cursor.Offsets:
        """How far the partitions in which a desk is told have been folded."""
        return {
            (realm, place.partition): offset
            for place, offset in self._next.items()
            for realm, desks in (self.inboxes[place.topic],)
            if desk in desks
        }

    async def page(
        self, desk: str, after: cursor.Offsets, wait: float, limit: int = PAGE
    ) -> tuple[list[InboxItem], cursor.Offsets, bool]:
        """The next arrivals of a desk, opened, the cursor after them, and whether more waits.

        Errors are those of `opened`.

        Args:
            wait: seconds to wait for a first arrival.
        """
        view = self.office.view(desk)
        waiting = choose(view, after, limit + 1)
        if not waiting and wait > 0:
            await self.until(lambda: bool(choose(view, after, 1)), wait)
            waiting = choose(view, after, limit + 1)
        chosen, more = waiting[:limit], len(waiting) > limit
        next_ = moved(view, after, chosen, self.read_to(desk))
        return await self.opened(desk, chosen, after), next_, more

    async def opened(
        self, desk: str, chosen: Sequence[Arrival], after: cursor.Offsets | None = None
    ) -> list[InboxItem]:
        """Arrivals of a desk, opened for one answer.

        Raises:
            ProblemError: 410 `cursor_too_old`; 503 `kafka_unreachable`: not read in time.
            UnreachableError: Kafka cannot be reached.
        """
        places = [(self._place(one.place), one.offset) for one in chosen]
        wanted: dict[LogPlace, list[int]] = {}
        for place, offset in places:
            wanted.setdefault(place, []).append(offset)
        try:
            async with asyncio.timeout(ANSWER_S), self._picking:
                await self._check_age(after or {})
                records = await self.picks.pick(wanted)
        except TimeoutError:
            raise kafka_unreachable() from None
        office, now, view = self.office, self.clock.now(), self.office.view(desk)
        realms = {one.realm for one in chosen}
        contexts = {realm: office.context(realm, desk, now) for realm in realms}
        return [
            self._item(records.get(place), one, contexts[one.realm], view)
            for one, place in zip(chosen, places, strict=True)
        ]

    def _place(self, place: Place) -> LogPlace:
        """Where a partition of a realm lies in Kafka."""
        realm, number = place
        name = next(name for name, (of, _desks) in self.inboxes.items() if of == realm)
        return LogPlace(name, number)

    async def _check_age(self, after: cursor.Offsets) -> None:
        """A cursor older than what is kept gets the gap: nothing is skipped in silence."""
        realms = {realm for realm, _ in self.inboxes.values()}
        asked = {
            self._place(place): (*place, offset)
            for place, offset in after.items()
            if place[0] in realms  # else an inbox that the agency has no more
        }
        begins = await self.picks.begins(asked) if asked else {}
        gaps = [
            {"realm": realm, "partition": number, "from": offset, "to": begins[place] - 1}
            for place, (realm, number, offset) in sorted(asked.items())
            if begins[place] > offset
        ]
        if gaps:
            got, expected = "offsets that are no longer kept", "a newer cursor, or none"
            raise ProblemError(
                410, "cursor_too_old", got, f"{expected} to begin with what is kept",
                more={"gaps": gaps},
            )  # fmt: skip

    def _item(
        self, record: Inbound | None, arrival: Arrival, context: RecipientContext, view: DeskFold
    ) -> InboxItem:
        """One arrival; of what is passed over the desk is told that it came."""
        describe = self.office.agency.describe
        if record is not None:
            with PassingOver(record, self.office.count):
                return opened(record, arrival, context, view, describe)
            arrival = replace(arrival, error=UNREAD)
        return opened(None, arrival, context, view, describe)

    async def until(self, met: Callable[[], bool], wait: float) -> None:
        """Return once something holds, asked whenever records came, or after `wait` seconds."""
        try:
            async with asyncio.timeout(wait), self._news:
                await self._news.wait_for(met)
        except TimeoutError:
            return

    async def stir(self) -> None:
        """Let all who wait ask again."""
        async with self._news:
            self._news.notify_all()
