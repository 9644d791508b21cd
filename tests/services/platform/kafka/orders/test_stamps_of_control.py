"""When an order stood on control: the broker's stamp, for who reads no records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import cast

from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.topic_reader import TopicReader
from tests.contracts.log.bus import first_orders, owners


class Lying:
    """Control as it lies in Kafka: each order a minute after the other."""

    def __init__(self) -> None:
        self.values = [
            Inbound("control", 0, n, None, value, (), (n + 1) * 60_000)
            for n, value in enumerate(first_orders())
        ]

    async def start(self) -> None:
        """Nothing to connect to."""

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Behind all of them."""
        return dict.fromkeys(partitions, len(self.values))

    async def read(self, starts: Mapping[TopicPartition, int]) -> AsyncGenerator[list[Inbound]]:
        """All of them in one batch."""
        (start,) = starts.values()
        yield self.values[start:]


def test_each_order_bears_the_stamp_of_its_own_record() -> None:
    """A copy knows the same, so that an order that is tried is judged by it too."""
    control = Control(cast("TopicReader", Lying()), "civil", owners())

    assert asyncio.run(control.start()) == []

    registry = control.registry.copy()
    assert [registry.stood[order.digest] for order in registry.orders] == [60, 120, 180]
