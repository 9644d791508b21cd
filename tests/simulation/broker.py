"""The simulated Kafka's topics: what a broker answers about them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any, Final

from aiokafka.errors import (
    NoError,
    NotLeaderForPartitionError,
    UnknownTopicOrPartitionError,
)

from contracts.envelope.wire import Inbound
from contracts.kafka.topic_plan import PlannedTopic
from tests.simulation.loop import SimLoop
from tests.simulation.partition import Partition

Place = tuple[str, int]
GOOD: Final = NoError.errno
NODE: Final = 1
LATEST: Final = -1  # of ListOffsets
NONE: Final = -1  # no offset, no producer


class Broker:
    """One broker's topics.

    Attributes:
        topics: name -> its partitions.
        leaderless: partitions whose leader is being elected.
    """

    def __init__(self) -> None:
        self.topics: dict[str, list[Partition]] = {}
        self.leaderless: set[Place] = set()
        self._news: asyncio.Future[None] | None = None

    def make(self, planned: Iterable[PlannedTopic]) -> None:
        """Make topics."""
        for topic in planned:
            configs = dict(topic.configs)
            limit = int(configs.get("max.message.bytes", 1 << 20))
            appended = configs.get("message.timestamp.type") == "LogAppendTime"
            self.topics[topic.name] = [Partition(limit, appended) for _ in range(topic.partitions)]

    def all_bytes(self) -> list[bytes]:
        """Every batch that is kept, committed or not."""
        parts = [part for _, parts in sorted(self.topics.items()) for part in parts]
        return [batch.data for part in parts for batch in part.batches]

    def value(self, place: tuple[str, int], offset: int) -> bytes:
        """The value of a record that is kept."""
        records = self.found(*place)[1].records()
        return bytes(next(one.value for one in records if one.offset == offset))

    def committed(self) -> Iterator[Inbound]:
        """Every committed record that is kept."""
        for name, parts in sorted(self.topics.items()):
            for number, part in enumerate(parts):
                for one in part.records():
                    headers, stamp = tuple(one.headers), one.timestamp
                    yield Inbound(name, number, one.offset, one.key, one.value, headers, stamp)

    def found(self, topic: str, number: int) -> tuple[int, Partition]:
        """Kafka's error code, and a partition."""
        parts = self.topics.get(topic, [])
        if number >= len(parts):
            return UnknownTopicOrPartitionError.errno, Partition()
        if (topic, number) in self.leaderless:
            return NotLeaderForPartitionError.errno, Partition()
        return GOOD, parts[number]

    def metadata(self, request: Any) -> Any:
        """Which topics and partitions there are."""
        names = self.topics if request.topics is None else request.topics
        rows = []
        for name in names:
            code, _ = self.found(name, 0)
            code = GOOD if code == NotLeaderForPartitionError.errno else code
            count = len(self.topics[name]) if code == GOOD else 0
            parts = [(GOOD, number, NODE, [NODE], [NODE]) for number in range(count)]
            if code == GOOD or request.topics is not None:
                rows.append((code, name, False, parts))
        return request.RESPONSE_TYPE([(NODE, "simulated", 9092, None)], NODE, rows)

    def produce(self, request: Any) -> Any:
        """Take batches of records."""
        topics = []
        for topic, parts in request.topics:
            rows = [(number, *self._append(topic, number, bytes(data)))
                    for number, data in parts]  # fmt: skip
            topics.append((topic, rows))
        self.tell()
        return request.RESPONSE_TYPE(topics, 0)

    def _append(self, topic: str, number: int, data: bytes) -> tuple[int, int, int]:
        code, part = self.found(topic, number)
        if code:
            return code, NONE, NONE
        now_ms = self.now_ms()
        code, offset = part.append(data, now_ms)
        return code, offset, NONE if code or not part.appended else now_ms

    async def fetch(self, request: Any) -> Any:
        """Records, as soon as there are any, or nothing after the reader's wait."""
        loop = asyncio.get_running_loop()
        until = loop.time() + request.max_wait_time / 1000
        while True:
            topics = [(topic, [self._page(request, topic, *row) for row in rows])
                      for topic, rows in request.topics]  # fmt: skip
            full = any(code or data for _, rows in topics for _, code, *_, data in rows)
            if full or loop.time() >= until:
                return request.RESPONSE_TYPE(0, topics)
            done, _ = await asyncio.wait([self._next_news()], timeout=until - loop.time())
            if not done:
                return request.RESPONSE_TYPE(0, topics)

    def _page(
        self, request: Any, topic: str, number: int, offset: int, most: int
    ) -> tuple[Any, ...]:
        code, part = self.found(topic, number)
        aborted, data, committed = list[Any](), b"", bool(request.isolation_level)
        if code == GOOD:
            code, aborted, data = part.fetch(offset, most, committed=committed)
        return number, code, part.end, part.stable() if committed else NONE, aborted, data

    def list_offsets(self, request: Any) -> Any:
        """Where partitions begin or end."""

        def offset_of(topic: str, number: int, wanted: int) -> tuple[int, int, int, int]:
            code, part = self.found(topic, number)
            end = part.readable(committed=bool(request.isolation_level))
            return number, code, NONE, end if wanted == LATEST else part.start

        topics = [
            (topic, [offset_of(topic, *row) for row in rows]) for topic, rows in request.topics
        ]
        return request.RESPONSE_TYPE(0, topics)

    def tell(self) -> None:
        """Wake fetches that wait."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _next_news(self) -> asyncio.Future[None]:
        if self._news is None or self._news.done():
            self._news = asyncio.get_running_loop().create_future()
        return self._news

    def now_ms(self) -> int:
        """The broker's clock."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimLoop)
        return loop.wall_ns() // 1_000_000
