"""A layout order comes in a batch: nothing of it is written, and the shard says why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from contracts.log.orders.layout import Layout, ordered
from contracts.log.orders.order import make_order
from services.platform.process.exit_codes import FencedError, ReplacedError
from services.platform.process.metrics import Metrics
from services.routing.shard import Shard
from tests.contracts.envelope import kit
from tests.contracts.log.bus import OWNER, Bus, inbound
from tests.services.routing.test_caught_up import vars_of
from tests.services.routing.test_denied import Standing

pytestmark = pytest.mark.anyio


class Asked:
    """Transactions that note what is asked; whether another owner has fenced them."""

    def __init__(self, *, fenced: bool) -> None:
        self.fenced = fenced
        self.said: list[str] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """One that the body ends."""

        async def send(*_records: object) -> None:
            self.said.append("records")

        def offsets(_group: str, _places: object) -> None:
            self.said.append("offsets")

        try:
            yield SimpleNamespace(send=send, offsets=offsets, appended_ms=None)
        except ReplacedError as error:
            self.said.append("aborted")
            if self.fenced:
                raise FencedError("fenced", "InvalidProducerEpoch") from error
            raise


@pytest.mark.parametrize("fenced", [False, True])
async def test_an_order_that_comes_after_the_offsets_were_told_is_seen_before_anything_is_decided(
    fenced: bool,
) -> None:
    """Whether or not an owner under the new layout was there first: it is no fault, exit code 6."""
    bus = Bus()
    bus.tick(kit.NOW)
    before: Layout = ordered(bus.registry)[-1]
    asked, record = Asked(fenced=fenced), inbound(bus, seed="event", case="case")

    async def another_layout() -> list[str]:
        assert asked.said == ["offsets"]
        order = make_order(
            bus.name, "layout", {"shards": 2, "partitions": before.partitions},
            last=bus.registry.last, start=kit.NOW, signers=[OWNER],
        )  # fmt: skip
        return bus.registry.extend([order])

    shard = Shard(
        bus.name, before, bus.routers,
        control=cast("Any", SimpleNamespace(registry=bus.registry, refresh=another_layout)),
        transactions=cast("Any", asked), clock=Standing(), salt=lambda: bytes(16),
        metrics=Metrics("routing"), quarantine=cast("Any", None),
        erasable=cast("Any", None),
    )  # fmt: skip
    place = TopicPartition(record.topic, record.partition)
    shard.next = {place: record.offset}
    tails = {number: router.state.tail.index for number, router in bus.routers.items()}

    await shard.handle(
        [cast("Any", SimpleNamespace(**vars_of(record), timestamp=0, timestamp_type=0))]
    )

    with pytest.raises(ReplacedError, match="layout_differs"):
        shard.raise_failure()
    assert asked.said == ["offsets", "aborted"]
    assert shard.next == {place: record.offset}
    assert {number: router.state.tail.index for number, router in bus.routers.items()} == tails
