"""Topics read from a place to the last stable offset, committed records only, without a group.

Positions decide when the end is reached, not counts: transaction markers and aborted records
occupy offsets too. `end_offsets` is asked for once; under read_committed it is the last stable
offset.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, Final, Self, TypeVar

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError, TopicAuthorizationFailedError

from contracts.encoding import rfc3339
from contracts.envelope.wire import Inbound
from services.platform.kafka.connection.clients import Consumer, clients
from services.platform.kafka.connection.missing_rights import READ, SEE, check_topics, denied
from services.platform.kafka.connection.wait import WAIT_SECONDS, connected, unreachable
from services.platform.kafka.reading import header_names
from services.platform.kafka.reading.topic_reader import Ahead
from services.platform.patience import patient
from services.platform.process.exit_codes import UnreachableError

T = TypeVar("T")
Found = dict[TopicPartition, int]
Records = Sequence[ConsumerRecord[Any, Any]]
Offsets = Callable[[Sequence[TopicPartition]], Awaitable[Found]]

POLL_MS: Final = 50  # of one poll, which lasts as long where nothing but markers is left
POLL_RECORDS: Final = 5_000
# A broker answers a connection's requests in turn: a fetch that waits for news holds up the next
# question. So fetches wait little, and nothing is assigned once the end was reached.
FETCH_WAIT_MS: Final = 20
SETTLE_SECONDS: Final = 0.005
STOP_SECONDS: Final = 2.0
VALUE_SECONDS: Final = 8.0  # while nothing else is answered: one probe of /live fails, not three
# aiokafka's word for a consumer that was stopped while it was asked is no KafkaError.
GONE: Final = (TimeoutError, KafkaError, ConsumerStoppedError)
NEAR: Final = 16  # records that are read past sooner than sought past
FETCH_BYTES: Final = 2 << 20  # per partition and request; up to four times as much is held


def inbound(record: ConsumerRecord[Any, Any]) -> Inbound:
    """A Kafka record as a plain value; nothing is decoded."""
    return Inbound(
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        tuple(record.headers),
        record.timestamp,
    )


def place_of(record: Inbound) -> str:
    """Where a record lies, as people name it: `topic/partition/offset`."""
    return f"{record.topic}/{record.partition}/{record.offset}"


def written_at(record: Inbound) -> str:
    """When the broker took a record, as RFC 3339 text in UTC."""
    return rfc3339(record.timestamp_ms // 1000)


class LogReader:
    """One consumer without a group, for reading to the end, any number of times.

    Args:
        bootstrap: Kafka's addresses.
        wait: seconds without any progress after which Kafka counts as unreachable.
        client: further options of `AIOKafkaConsumer` (security, client id).
    """

    def __init__(self, bootstrap: str, *, wait: float | None = None, **client: Any) -> None:
        header_names.install()
        self._wait = patient(WAIT_SECONDS) if wait is None else wait
        self._bootstrap = bootstrap
        self._client = client
        self._seen: set[str] = set()  # topics that we may see
        self._options: dict[str, Any] = {
            "bootstrap_servers": bootstrap,
            "isolation_level": "read_committed",
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "max_partition_fetch_bytes": FETCH_BYTES,
            "fetch_max_wait_ms": FETCH_WAIT_MS,
            **client,
        }
        self._consumer: Consumer | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Connect.

        Raises:
            UnreachableError: Kafka did not answer in time.
            UsageError: it does not let us in (`connection/wait.py`).
        """
        consumer = clients().consumer(**self._options)
        try:
            async with asyncio.timeout(self._wait):
                await connected(consumer.start())
        except (TimeoutError, KafkaError) as error:
            await consumer.stop()
            raise await unreachable(self._bootstrap, self._security, error) from error
        except BaseException:  # cancelled: nobody else knows of it
            await consumer.stop()
            raise
        self._consumer = consumer

    async def stop(self) -> None:
        """Disconnect.

        A stop that comes while aiokafka takes an assignment back is swallowed there, and hangs, or
        tells an error of its own: let it finish first, and ask a second time (which is what the
        timeout does) if that fails.
        """
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await asyncio.sleep(SETTLE_SECONDS)
            with suppress(TimeoutError, KafkaError):
                async with asyncio.timeout(STOP_SECONDS):
                    await consumer.stop()

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The last stable offset of each partition.

        Raises:
            UnreachableError: Kafka did not answer in time.
            UsageError: `kafka_forbidden`: we may not see a topic.
        """
        places = [TopicPartition(*place) for place in partitions]
        await self._look_at(places)
        return await self._ask(self._offsets(self._connected.end_offsets, places), places)

    async def begins(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The first offset that each partition still has."""
        places = [TopicPartition(*place) for place in partitions]
        await self._look_at(places)
        return await self._ask(self._offsets(self._connected.beginning_offsets, places), places)

    async def places(self, names: Collection[str]) -> list[TopicPartition]:
        """Every partition that Kafka has of some topics: for copying or listing alone.

        Raises:
            UnreachableError, UsageError: as `ends`.
        """
        await self._look_at(TopicPartition(name, 0) for name in names)
        consumer, places = self._connected, list[TopicPartition]()
        await self._ask(consumer.learn(names))
        for name in names:
            numbers = consumer.partitions_for_topic(name)
            if not numbers:
                raise UnreachableError(
                    "kafka_unreachable", "no progress", "the end of a topic", name
                )
            places += [TopicPartition(name, number) for number in sorted(numbers)]
        return places

    async def _offsets(self, ask: Offsets, places: Sequence[TopicPartition]) -> Found:
        await self._connected.learn({place.topic for place in places})
        return await ask(places)

    async def _look_at(self, places: Iterable[TopicPartition]) -> None:
        """Once a topic: whether we may see it. Asking for its offsets would wait in vain."""
        new = {place.topic for place in places} - self._seen
        if new:
            await check_topics(self._bootstrap, new, self._security)
            self._seen |= new

    @property
    def _security(self) -> dict[str, Any]:
        wanted = ("security_protocol", "ssl_context")
        return {name: self._client[name] for name in wanted if name in self._client}

    async def read(
        self, starts: Mapping[TopicPartition, int | None], is_ahead: Ahead | None = None
    ) -> AsyncGenerator[list[Inbound], None]:
        """Every committed record from `starts` (None: the beginning) to the end as it is now.

        Args:
            is_ahead: whether a partition may wait while others are read, asked after each batch: so
                what must be paired need not be held in memory. Where all are, none waits.

        Yields:
            Records of one partition in their order; partitions come interleaved.

        Raises:
            UnreachableError: Kafka did not answer, or the end was not reached, in time.
        """
        ends = await self.ends(starts)
        open_ended = [place for place, start in starts.items() if start is None]
        first = await self.begins(open_ended) if open_ended else {}
        places = {place: first.get(place, start or 0) for place, start in starts.items()}
        async with aclosing(self.span(places, ends, is_ahead)) as batches:
            async for batch in batches:
                yield batch

    async def span(
        self,
        starts: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
        is_ahead: Ahead | None = None,
    ) -> AsyncGenerator[list[Inbound], None]:
        """Every committed record from `starts` up to, not including, `ends`, which exist.

        Raises:
            UnreachableError: Kafka did not answer, or the end was not reached, in time.
        """
        spans = {
            place: [range(start, ends[place])]
            for place, start in starts.items()
            if start < ends[place]
        }
        async with aclosing(self._walk(spans, "the end of a topic", is_ahead)) as walked:
            async for place, records in walked:
                if batch := [inbound(one) for one in records if one.offset < ends[place]]:
                    yield batch

    async def pick(
        self, wanted: Mapping[TopicPartition, Iterable[int]]
    ) -> dict[tuple[TopicPartition, int], Inbound]:
        """Single records by offset; what is no longer kept is left out.

        What lies between two of them is passed over, not read, but for a few that come along
        anyway.

        Raises:
            UnreachableError: Kafka did not answer in time.
        """
        offsets = {TopicPartition(*place): frozenset(own) for place, own in wanted.items()}
        spans = {place: _spans(own) for place, own in offsets.items()}
        picked: dict[tuple[TopicPartition, int], Inbound] = {}
        async for place, records in self._walk(spans, "records"):
            picked |= {
                (place, record.offset): inbound(record)
                for record in records
                if record.offset in offsets[place]
            }
        return picked

    def value(self, place: TopicPartition, offset: int) -> bytes:
        """One record's value, by a consumer of its own; blocks. For who is deciding.

        Raises:
            UnreachableError: Kafka did not answer in time, or keeps the record no longer.
        """
        return clients().value(place, offset, partial(self._value, place, offset))

    async def _value(self, place: TopicPartition, offset: int) -> bytes:
        try:
            async with (
                asyncio.timeout(patient(VALUE_SECONDS)),
                LogReader(self._bootstrap, wait=self._wait, **self._client) as reader,
            ):
                picked = await reader.pick({place: [offset]})
        except TimeoutError as error:
            raise UnreachableError("kafka_unreachable", "no progress", "a record") from error
        if not picked:
            raise UnreachableError("kafka_unreachable", "no record", f"offset {offset}")
        return picked[place, offset].value or b""

    async def _walk(
        self,
        todo: dict[TopicPartition, list[range]],
        expected: str,
        is_ahead: Ahead | None = None,
    ) -> AsyncGenerator[tuple[TopicPartition, Records], None]:
        """Read spans of partitions in order, with what comes along before, between and behind."""
        if not todo:
            return
        consumer, clock = self._connected, asyncio.get_running_loop().time
        moved, positions = clock(), dict[TopicPartition, int]()
        consumer.assign(list(todo))
        for place, spans in todo.items():
            consumer.seek(place, spans[0].start)
            positions[place] = spans[0].start
        try:
            while todo:
                behind = [place for place in todo if is_ahead is None or not is_ahead(place)]
                for place, records in (await self._got(consumer, behind or todo)).items():
                    yield place, records
                for place in tuple(todo):
                    position = await self._ask(consumer.position(place))
                    if position == positions[place]:
                        continue
                    moved, positions[place] = clock(), position
                    todo[place] = [span for span in todo[place] if span.stop > position]
                    if not todo[place]:
                        del todo[place]
                    elif (start := todo[place][0].start) > position:
                        consumer.seek(place, start)
                if todo and clock() - moved > self._wait:
                    raise UnreachableError("kafka_unreachable", "no progress", expected)
        finally:
            consumer.unsubscribe()

    async def _got(
        self, consumer: Consumer, todo: Iterable[TopicPartition]
    ) -> Mapping[TopicPartition, Records]:
        records = consumer.getmany(*todo, timeout_ms=POLL_MS, max_records=POLL_RECORDS)
        return await self._ask(records, what=READ)

    async def _ask(
        self, question: Awaitable[T], places: Iterable[TopicPartition] = (), what: str = SEE
    ) -> T:
        try:
            async with asyncio.timeout(self._wait):
                return await question
        except TopicAuthorizationFailedError as error:
            raise denied(self._security, error, what) from error
        except GONE as error:
            self._seen.clear()
            await self._look_at(places)  # a right may have been taken from us
            got = type(error).__name__
            raise UnreachableError("kafka_unreachable", got, "a broker") from error

    @property
    def _connected(self) -> Consumer:
        if self._consumer is None:
            raise UnreachableError("kafka_unreachable", "a reader that is closed", "one at work")
        return self._consumer


def _spans(offsets: Iterable[int]) -> list[range]:
    """Spans that hold all of these, in order: what lies near is read past, not sought past."""
    spans: list[range] = []
    for offset in sorted(offsets):
        if spans and offset - spans[-1].stop < NEAR:
            spans[-1] = range(spans[-1].start, offset + 1)
        else:
            spans.append(range(offset, offset + 1))
    return spans
