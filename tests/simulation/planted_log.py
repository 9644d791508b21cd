"""A log in lists, laid in a simulated Kafka as it stands, whoever wrote it and how.

The product's own readers read it. Who has Kafka changes the lists: puts in, replaces, takes away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from contracts.envelope.wire import Inbound, Outbound
from contracts.vocabulary import topics
from services.audit.source import LogSource
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.ports import Ports, given
from tests.simulation.broker import GOOD, Place
from tests.simulation.kafka import SimKafka
from tests.simulation.network import greeted
from tests.simulation.partition import COMMIT, Batch, Partition, marker

MARKER: Final = None  # of a transaction: it has an offset, and is no record
Row = Inbound | Outbound | None
Rows = Mapping[Place, Sequence[Row]]
ADDRESS: Final = "simulated:9092"


class PlantedKafka(SimKafka):
    """Its partitions hold what lists say at that instant.

    A record lies at its offset, or behind the one before it where that is taken.

    Attributes:
        rows: (topic, partition) -> records.
        choose: whose records are answered next, of partitions with some left; None: all.
        size: records of a partition in an answer, by topic; None: as many as fit.
        begins: place -> the first offset that is kept.
        kept_from: the same of all places.
        answering: while it is cleared, no request is answered.
        handed: records that were handed over.
    """

    def __init__(
        self,
        rows: Rows,
        choose: Callable[[list[Place]], Place] | None = None,
        size: Callable[[str], int] | None = None,
        begins: Mapping[Place, int] | None = None,
    ) -> None:
        super().__init__()
        self.rows, self.begins, self.kept_from = rows, begins or {}, 0
        self.choose, self.size = choose, size
        self.answering = asyncio.Event()
        self.answering.set()
        self.handed = 0
        self._turn: Place | None = None
        self._laid: dict[Place, tuple[list[Row], list[Batch]]] = {}

    @property
    def ports(self) -> Ports:
        """A process's that reaches it."""
        return Ports(self.clients(), connect=greeted)

    def reader(self) -> PlantedReader:
        """What reads it, not started yet."""
        return PlantedReader(self)

    def found(self, topic: str, number: int) -> tuple[int, Partition]:
        """As the lists have it: every topic is there."""
        place = topic, number
        rows = [*self.rows.get(place, ())]
        if place not in self._laid or self._laid[place][0] != rows:
            self._laid[place] = rows, [*_batches(rows)]
        batches, start = self._laid[place][1], max(self.kept_from, self.begins.get(place, 0))
        end = batches[-1].last + 1 if batches else 0
        kept = [batch for batch in batches if batch.base >= start] if start else batches
        return GOOD, Partition(batches=kept, start=start, end=end)

    async def answer(self, request: Any) -> Any:
        """What a broker answers, as soon as it answers at all."""
        await self.answering.wait()
        return await super().answer(request)

    def metadata(self, request: Any) -> Any:
        """As many partitions of every topic as any has."""
        count = max(topics.PARTITIONS, *(number + 1 for _, number in self.rows), 1)
        for name in request.topics or ():
            self.topics[name] = [Partition()] * count
        return super().metadata(request)

    async def fetch(self, request: Any) -> Any:
        """Records of the partition whose turn it is."""
        left = [
            (topic, number)
            for topic, rows in request.topics
            for number, offset, _ in rows
            if self.found(topic, number)[1].end > offset
        ]
        self._turn = self.choose(left) if self.choose and left else None
        return await super().fetch(request)

    def _page(
        self, request: Any, topic: str, number: int, offset: int, most: int
    ) -> tuple[Any, ...]:
        _, part = self.found(topic, number)
        following = islice(part._from(offset, part.end), self.size(topic) if self.size else None)
        ahead = [len(batch.data) for batch in following]
        *page, data = super()._page(request, topic, number, offset, min(most, sum(ahead)))
        if self._turn not in (None, (topic, number)):
            return *page, b""
        self.handed += sum(size <= len(data) for size in accumulate(ahead))
        return *page, data


class PlantedReader(LogReader):
    """The product's reader, which finds that Kafka wherever it starts."""

    def __init__(self, kafka: PlantedKafka) -> None:
        super().__init__(ADDRESS)
        self.kafka = kafka

    async def start(self) -> None:
        """Connect."""
        with given(self.kafka.ports):
            await super().start()

    def value(self, place: TopicPartition, offset: int) -> bytes:
        """One record's value."""
        return self.kafka.value(place, offset)


@dataclass
class PlantedLog(LogSource):
    """What an audit reads, and nothing in it is late."""

    rows: Rows
    kind: Callable[[PlantedKafka], LogReader] = PlantedReader
    settle_s: float = 0

    def reader(self, _realm: str) -> LogReader:
        """A reader of the lists."""
        return self.kind(PlantedKafka(self.rows))


@lru_cache(maxsize=1 << 14)
def _batch(
    offset: int, key: bytes | None, value: bytes | None, headers: tuple[Any, ...], stamp: int
) -> Batch:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 24)
    builder.append(0, stamp, key, value, list(headers))
    return Batch(bytes(builder.build())).placed(offset)


def _batches(rows: Iterable[Row]) -> Iterator[Batch]:
    end = 0
    for row in rows:
        if row is MARKER:
            yield marker(COMMIT, 1, 0, 0).placed(end)
        else:
            stamp = row.timestamp_ms if isinstance(row, Inbound) else 0
            end = max(row.offset, end) if isinstance(row, Inbound) else end
            yield _batch(end, row.key, row.value, tuple(row.headers), stamp)
        end += 1
