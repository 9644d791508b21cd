"""A shard writes what is due in transactions of its own before it takes any input."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound, Outbound
from contracts.log.layout import ordered
from contracts.log.partition_router import TIMED_AT_ONCE
from services.platform.process.clock import SystemClock
from services.platform.process.metrics import Metrics
from services.routing.shard import Shard
from tests.contracts.log.test_due_at_once import flooded
from tests.flows.acts import draft
from tests.world import World

pytestmark = pytest.mark.anyio


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
    )  # fmt: skip


async def test_a_days_harvest_is_written_in_several_transactions_before_an_input() -> None:
    """None has more than its share, and the last one alone moves the input's offset."""
    world, router = flooded()
    world.publish_raw("edu-s", draft("edu-s", "IP", ("crip", "assess", "FACTS")))
    place = "relais.civil.outbox.education", router.site.partition
    record = world.topics[place][-1]
    read = SimpleNamespace(**vars_of(record), timestamp=record.timestamp_ms)
    writing = Writing()
    shard = shard_of(world, writing)
    shard.next = {TopicPartition(*place): record.offset}

    await shard.handle([cast("Any", read)])
    shard.raise_failure()

    logs = [sum(one.topic.endswith(".decisions") for one in sent) for sent, _ in writing.kept]
    assert len(logs) > 2
    assert max(logs) == TIMED_AT_ONCE
    assert [moved for _, moved in writing.kept] == [False] * (len(logs) - 1) + [True]
