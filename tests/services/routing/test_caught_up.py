"""A shard before it takes an input: what is due is written first, and its clock is not behind."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import UsageError
from contracts.log.orders.layout import ordered
from contracts.log.routing.partition_router import TIMED_AT_ONCE, PartitionRouter
from services.platform.kafka.writing.transactions import APPENDED
from services.platform.process.clock import SystemClock
from services.platform.process.metrics import Metrics
from services.routing.shard import MAX_SKEW_MS, Shard
from tests.contracts.log.routing.test_due_at_once import flooded
from tests.flows.acts import draft
from tests.world import World

pytestmark = pytest.mark.anyio

DRAFT = draft("edu-s", "IP", ("crip", "assess", "FACTS"))


class Writing:
    """Transactions that are kept: of each, its records and whether it moved an input's offset."""

    def __init__(self) -> None:
        self.kept: list[tuple[list[Outbound], bool]] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """One that commits."""
        sent: list[Outbound] = []
        moved: list[bool] = []

        async def send(*records: Outbound) -> None:
            sent.extend(records)

        yield SimpleNamespace(
            send=send, offsets=lambda _group, places: moved.append(bool(places)), appended_ms=None
        )
        self.kept.append((sent, any(moved)))


def vars_of(record: Inbound) -> dict[str, Any]:
    """What aiokafka's record has of it by the same names."""
    names = ("topic", "partition", "offset", "key", "value", "headers")
    return {name: getattr(record, name) for name in names}


def shard_of(world: World, writing: Writing) -> Shard:
    """The civil shard over the world's routers."""
    registry = world.registries["civil"]

    async def nothing_new() -> list[str]:
        return []

    clock = SystemClock()
    cast("Any", clock).now = world.clock.now
    return Shard(
        "civil", ordered(registry)[-1],
        {number: one for (realm, number), one in world.routers.items() if realm == "civil"},
        control=cast("Any", SimpleNamespace(registry=registry, refresh=nothing_new)),
        transactions=cast("Any", writing), clock=clock, salt=lambda: bytes(16),
        metrics=Metrics("routing"), quarantine=cast("Any", None),
        erasable=cast("Any", None),
    )  # fmt: skip


def waiting(
    world: World, router: PartitionRouter, event: Any = DRAFT, **changes: Any
) -> tuple[Writing, Shard, SimpleNamespace]:
    """A shard, and an input that waits for it."""
    world.publish_raw("edu-s", event)
    place = "relais.civil.outbox.education", router.site.partition
    record = world.topics[place][-1]
    stamp = {"timestamp": record.timestamp_ms, "timestamp_type": 0} | changes
    writing = Writing()
    shard = shard_of(world, writing)
    shard.next = {TopicPartition(*place): record.offset}
    return writing, shard, SimpleNamespace(**vars_of(record), **stamp)


async def test_a_days_harvest_is_written_in_several_transactions_before_an_input() -> None:
    """None has more than its share, and the last one alone moves the input's offset."""
    writing, shard, read = waiting(*flooded())

    await shard.handle([cast("Any", read)])
    shard.raise_failure()

    logs = [sum(one.topic.endswith(".decisions") for one in sent) for sent, _ in writing.kept]
    assert len(logs) > 2
    assert max(logs) == TIMED_AT_ONCE
    assert [moved for _, moved in writing.kept] == [False] * (len(logs) - 1) + [True]


@pytest.mark.parametrize(("whose", "stops"), [(APPENDED, True), (0, False)])
async def test_a_machine_that_is_behind_decides_nothing(whose: int, *, stops: bool) -> None:
    """It would put the event aside as issued ahead; a stamp of the publisher's own stops nobody."""
    later = time.time_ns() // 1_000_000 + MAX_SKEW_MS + 60_000
    world = World()
    world.publish_raw("edu-s", DRAFT)
    world.settle()
    (router,) = [one for one in world.routers.values() if one.state.cases]
    writing, shard, read = waiting(world, router, timestamp=later, timestamp_type=whose)

    await shard.handle([cast("Any", read)])

    if stops:
        with pytest.raises(UsageError, match="clock_off"):
            shard.raise_failure()
    else:
        shard.raise_failure()
    assert (writing.kept == []) is stops
