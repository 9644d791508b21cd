"""FastStream's lines are lines of the service, and it hands a batch over without a thread."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CorruptRecordException

from services.platform.kafka.reading.subscription import Handler, Record, Subscription
from tests.services.platform.process.test_logs import SECRET, stream
from tests.shell import lines_of

__all__ = ["stream"]  # a fixture

PLACE = TopicPartition("relais.notice.civil.education", 0)


async def test_no_thread_takes_part_in_handing_over_a_batch() -> None:
    """What is not async of ours FastStream gives to one, and each batch would wait for it twice."""

    async def handler(_records: Sequence[Record]) -> None: ...

    before = threading.active_count()
    await _hand_over(handler)

    assert threading.active_count() == before


async def test_a_handler_that_fails_is_told_without_its_words(stream: io.StringIO) -> None:
    """FastStream puts the text of an exception into its line; ours hold class and place only."""

    async def handler(_records: Sequence[Record]) -> None:
        raise ValueError(f"cannot read {SECRET}")

    with pytest.raises(ValueError, match="cannot read"):
        await _hand_over(handler)

    (failed,) = [line for line in lines_of(stream.getvalue()) if line["level"] == "error"]
    assert (failed["event"], failed["error"]) == ("ValueError: …", "ValueError")
    assert failed["topic"] == PLACE.topic
    assert "Marqueur" not in stream.getvalue()


async def test_who_has_nothing_to_read_goes_on() -> None:
    """Of a realm or an agency: nobody is asked, and nothing is held up or left."""

    async def handler(_records: Sequence[Record]) -> None: ...

    source = Subscription("127.0.0.1:1", [], handler, most=1)
    await source.start({})

    assert (source.held(), await source.lag({})) == ({}, {})
    await source.stop()


class Flooded:
    """A consumer of three partitions: two with more than a batch, and one to which more comes."""

    def __init__(self) -> None:
        self.left = {0: 40, 1: 0, 2: 40}
        self.turns: list[int] = []

    def assignment(self) -> set[TopicPartition]:
        """All three."""
        return {PLACE._replace(partition=number) for number in self.left}

    async def getmany(
        self, *asked: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[SimpleNamespace]]:
        """As aiokafka's: all of one before any of the next."""
        self.left[1] = 1
        found: dict[TopicPartition, list[SimpleNamespace]] = {}
        for place in sorted(asked or self.assignment()):
            if count := min(self.left[place.partition], max_records):
                self.left[place.partition] -= count
                max_records -= count
                found[place] = [SimpleNamespace(offset=7)] * count
        self.turns += {place.partition for place in found}
        return found


async def test_each_partition_has_its_turn_whatever_comes_to_the_others() -> None:
    """A flood holds up nobody, and is itself read on while others trickle."""
    subscription = Subscription("localhost:1", [PLACE], _nothing, most=10)
    consumer = Flooded()
    for _ in range(12):
        await subscription._next_batch(10, cast("AIOKafkaConsumer", consumer))

    assert consumer.left[0] == consumer.left[2] == 0
    assert set(consumer.turns[:3]) == {0, 1, 2}


class Stumbling(Flooded):
    """Raises at the last partition, once it has taken what the others had, as aiokafka does."""

    def __init__(self) -> None:
        super().__init__()
        self.sought: dict[TopicPartition, int] = {}

    def seek(self, place: TopicPartition, offset: int) -> None:
        """Read on there."""
        self.sought[place] = offset

    async def getmany(self, *asked: TopicPartition, **how: int) -> dict[TopicPartition, Any]:
        """The first time all goes well."""
        if self.turns:
            raise CorruptRecordException
        return await super().getmany(*asked, **how)


async def test_nothing_is_passed_over_where_one_partition_cannot_be_read() -> None:
    """Of the others too what aiokafka had taken is read again: behind what was handed over."""
    subscription, consumer = Subscription("localhost:1", [PLACE], _nothing, most=99), Stumbling()
    subscription._subscriber.consumer = cast("AIOKafkaConsumer", consumer)
    subscription.seek(dict.fromkeys(consumer.assignment(), 0))
    taken = cast("AIOKafkaConsumer", consumer)
    await subscription._next_batch(99, taken)

    with pytest.raises(CorruptRecordException):
        await subscription._next_batch(99, taken)

    assert sorted(consumer.sought.values()) == [8, 8, 8]


async def _nothing(_records: Sequence[Record]) -> None: ...


async def _hand_over(handler: Handler) -> None:
    """A batch through FastStream's own stages, without Kafka."""
    subscription = Subscription("localhost:1", [PLACE], handler, most=10)
    await subscription.broker.connect()
    (subscriber,) = subscription.broker.subscribers
    subscriber._build_fastdepends_model()
    record = ConsumerRecord(
        topic=PLACE.topic, partition=PLACE.partition, offset=7, timestamp=0, timestamp_type=0,
        key=None, value=b"{}", checksum=None, serialized_key_size=-1, serialized_value_size=2,
        headers=(("relais", SECRET.encode()),),
    )  # fmt: skip
    await subscriber.process_message((record,))
