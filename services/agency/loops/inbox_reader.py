"""The reading side of an agency's service: its inbox topics into the fold, and out of them again.

The subscription reads every inbox partition of the agency's desks from the beginning on every
start; the fold keeps metadata only. `GET /inbox` reads the chosen records again, by offset, opens
them for that one answer and forgets them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from services.agency.office import cursor, inbox_fold
from services.agency.office.fold import Arrival
from services.agency.office.office import Office
from services.agency.office.responses.inbox import InboxItem
from services.platform.http.problems import ProblemError, kafka_unreachable
from services.platform.kafka.log_reader import LogReader, inbound
from services.platform.kafka.subscription import Record, Subscription
from services.platform.process.clock import Clock

PAGE: Final = 50  # arrivals in one answer
BATCH: Final = 500  # records handed to the fold at once
POLL_MS: Final = 20
ANSWER_S: Final = 8.0  # that a caller waits for records, turn included; as long as for a commit

log = structlog.get_logger("relais.inbox")


@dataclass(slots=True)
class Incoming:
    """Inbox partitions as they are read.

    Args:
        inboxes: topic -> (realm, desk).
    """

    office: Office
    clock: Clock
    inboxes: Mapping[str, tuple[str, str]]
    taken: int = 0
    failed: int = 0
    _next: dict[TopicPartition, int] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    failure: str = ""

    @property
    def places(self) -> list[TopicPartition]:
        """Every inbox partition."""
        return [TopicPartition(name, n) for name in self.inboxes for n in range(topics.PARTITIONS)]

    @property
    def taken_to(self) -> Mapping[TopicPartition, int]:
        """The offset after the last record that was folded, of each inbox partition."""
        return self._next

    def begin(self, starts: Mapping[TopicPartition, int]) -> None:
        """Note where each partition begins: whole ones number from 1."""
        self._next = dict(starts)
        for place, offset in starts.items():
            realm, desk = self.inboxes[place.topic]
            self.office.view(desk).start_at((realm, place.partition), complete=offset == 0)

    async def handle(self, records: Sequence[Record]) -> None:
        """Take a batch; never raises."""
        try:
            async with self._one:
                for record in records:
                    self._take(inbound(record))
        except Exception as error:
            self.failure = type(error).__name__
            log.exception("fold failed")
        async with self._news:
            self._news.notify_all()

    async def idle(self) -> None:
        """Return once the batch in hand, if any, has been taken."""
        async with self._one:
            return

    def _take(self, record: Inbound) -> None:
        place = TopicPartition(record.topic, record.partition)
        if record.offset < self._next.get(place, 0):
            return
        realm, desk = self.inboxes[record.topic]
        code = self.office.take(record, realm, desk, self.clock.now())
        self.taken += 1
        if code:
            self.failed += 1
            log.warning("arrival refused", realm=realm, desk=desk, code=code)
        self._next[place] = record.offset + 1

    def read_to(self, desk: str) -> cursor.Offsets:
        """How far a desk's partitions have been folded."""
        return {
            (realm, place.partition): offset
            for place, offset in self._next.items()
            for realm, owner in (self.inboxes[place.topic],)
            if owner == desk
        }

    async def page(
        self, reader: InboxReader, desk: str, after: cursor.Offsets, wait: float, limit: int = PAGE
    ) -> tuple[list[InboxItem], cursor.Offsets, bool]:
        """The next arrivals of a desk, opened, the cursor after them, and whether more waits.

        Args:
            wait: seconds to wait for a first arrival.

        Raises:
            ProblemError: 410 `cursor_too_old`, with the gap; 503.
        """
        view = self.office.view(desk)
        waiting = inbox_fold.choose(view, after, limit + 1)
        if not waiting and wait > 0:
            await self._wait(desk, after, wait)
            waiting = inbox_fold.choose(view, after, limit + 1)
        chosen, more = waiting[:limit], len(waiting) > limit
        next_ = inbox_fold.moved(view, after, chosen, self.read_to(desk))
        records = await reader.read(desk, after, chosen)
        now = self.clock.now()
        contexts: dict[str, Any] = {}
        items = []
        for arrival in chosen:
            if arrival.realm not in contexts:
                contexts[arrival.realm] = self.office.context(arrival.realm, desk, now)
            record = records.get((arrival.realm, arrival.partition, arrival.offset))
            items.append(
                inbox_fold.opened(
                    record, arrival, contexts[arrival.realm], view, self.office.agency.describe
                )
            )
        return items, next_, more

    async def _wait(self, desk: str, after: cursor.Offsets, wait: float) -> None:
        view = self.office.view(desk)
        try:
            async with asyncio.timeout(wait), self._news:
                await self._news.wait_for(lambda: bool(inbox_fold.choose(view, after, 1)))
        except TimeoutError:
            return


class InboxReader:
    """Reads chosen inbox records again, by offset.

    Args:
        inboxes: topic -> (realm, desk).
    """

    def __init__(self, reader: LogReader, inboxes: Mapping[str, tuple[str, str]]) -> None:
        self._reader = reader
        self._topics = {place: name for name, place in inboxes.items()}
        self._one = asyncio.Lock()  # one consumer, one assignment at a time

    async def read(
        self, desk: str, after: cursor.Offsets, chosen: Iterable[Arrival]
    ) -> dict[tuple[str, int, int], Inbound]:
        """(realm, partition, offset) -> record, of those that are still kept.

        Raises:
            ProblemError: 410 `cursor_too_old`; 503 `kafka_unreachable`: not read in time.
            UnreachableError: Kafka cannot be reached.
        """
        wanted: dict[TopicPartition, list[int]] = {}
        for arrival in chosen:
            place = TopicPartition(self._topics[arrival.realm, desk], arrival.partition)
            wanted.setdefault(place, []).append(arrival.offset)
        try:
            async with asyncio.timeout(ANSWER_S), self._one:
                await self._check_age(desk, after)
                return await self._read(wanted)
        except TimeoutError:
            raise kafka_unreachable() from None

    async def _check_age(self, desk: str, after: cursor.Offsets) -> None:
        """A cursor older than what is kept gets the gap: nothing is skipped in silence."""
        asked = {
            TopicPartition(self._topics[realm, desk], partition): (realm, partition, offset)
            for (realm, partition), offset in after.items()
            if (realm, desk) in self._topics
        }
        if not asked:
            return
        begins = await self._reader.begins(asked)
        gaps = [
            {"realm": realm, "partition": partition, "from": offset, "to": begins[place] - 1}
            for place, (realm, partition, offset) in sorted(asked.items())
            if begins[place] > offset
        ]
        if gaps:
            raise ProblemError(
                410,
                "cursor_too_old",
                "offsets that are no longer kept",
                "a newer cursor, or none to begin with what is kept",
                more={"gaps": gaps},
            )

    async def _read(
        self, wanted: Mapping[TopicPartition, list[int]]
    ) -> dict[tuple[str, int, int], Inbound]:
        records: dict[tuple[str, int, int], Inbound] = {}
        realms = {name: realm for (realm, _), name in self._topics.items()}
        starts = {place: min(offsets) for place, offsets in wanted.items()}
        ends = {place: max(offsets) + 1 for place, offsets in wanted.items()}
        async for batch in self._reader.span(starts, ends):
            for record in batch:
                place = TopicPartition(record.topic, record.partition)
                if record.offset in wanted[place]:
                    records[realms[record.topic], record.partition, record.offset] = record
        return records


def subscription(bootstrap: str, incoming: Incoming, **client: Any) -> Subscription:
    """The FastStream subscription that feeds the fold."""
    return Subscription(
        bootstrap,
        incoming.places,
        incoming.handle,
        most=BATCH,
        poll_ms=POLL_MS,
        title="Inboxes",
        description="Deliveries (slip, parts, receipt) and notices, as CloudEvents.",
        **client,
    )
