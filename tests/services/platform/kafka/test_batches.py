"""Records of a transaction go to aiokafka as batches of one partition, in their order."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder

from contracts.envelope.wire import Outbound
from services.platform.kafka.transactions import Transaction

pytestmark = pytest.mark.anyio
LARGEST = 1000


class Producer:
    """Builds batches that hold 400 bytes."""

    def create_batch(self) -> BatchBuilder:
        """An empty one."""
        return BatchBuilder(400, 0, is_transactional=1)


def batches(*records: Outbound) -> list[tuple[str, int, int]]:
    """Topic, partition and number of records of each batch."""
    producer: Any = Producer()
    made = Transaction(producer, 1.0, LARGEST)._batches(records)
    return [(topic, partition, batch.record_count()) for topic, partition, batch in made]


def record(topic: str, partition: int, size: int = 10) -> Outbound:
    """A record with a value of so many bytes."""
    return Outbound(topic, partition, b"key", bytes(size), [("name", b"value")])


async def test_each_partition_has_its_batch() -> None:
    """Whatever the order in which the records of several partitions come."""
    mixed = [record("a", 0), record("b", 0), record("a", 1), record("a", 0), record("b", 0)]

    assert batches(*mixed) == [("a", 0, 2), ("b", 0, 2), ("a", 1, 1)]


async def test_what_does_not_fit_begins_another_batch() -> None:
    """No record is lost between two, and one that is larger than a batch has one of its own."""
    assert batches(*[record("a", 0, 100)] * 5) == [("a", 0, 2), ("a", 0, 2), ("a", 0, 1)]
    assert batches(record("a", 0), record("a", 0, 600), record("a", 0)) == [
        ("a", 0, 1), ("a", 0, 1), ("a", 0, 1),
    ]  # fmt: skip


async def test_a_record_over_the_limit_is_refused() -> None:
    """As aiokafka refuses it when records are sent one by one."""
    with pytest.raises(MessageSizeTooLargeError):
        batches(record("a", 0), record("a", 0, LARGEST))
