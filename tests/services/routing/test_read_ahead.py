"""What is read while a batch is at work, when that batch is aborted: it waits for its turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest
from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound, Outbound
from contracts.log.layout import ordered
from contracts.vocabulary import topics
from services.platform.kafka.subscription import Subscription
from services.platform.kafka.transactions import TransactionAbortedError
from services.platform.process.metrics import Metrics
from services.routing.shard import Shard
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus, inbound
from tests.services.routing.test_caught_up import vars_of
from tests.services.routing.test_denied import Standing

pytestmark = pytest.mark.anyio


class Outbox:
    """A consumer of one partition, which gives a record an answer and goes where it is sent."""

    def __init__(self, records: Sequence[Inbound]) -> None:
        self.records, self.first, self.next = records, records[0].offset, 0

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[str, list[Any]]:
        """The next record, or nothing more."""
        assert max_records > 0
        await asyncio.sleep(0 if self.next < len(self.records) else timeout_ms / 1000)
        rows = self.records[self.next : self.next + 1]
        self.next += len(rows)
        return {
            "": [SimpleNamespace(**vars_of(one), timestamp=0, timestamp_type=0) for one in rows]
        }

    def seek(self, _place: TopicPartition, offset: int) -> None:
        """On from there."""
        self.next = offset - self.first


class FirstAborted:
    """Transactions of which the first is aborted once others have had their time."""

    def __init__(self) -> None:
        self.asked = 0
        self.kept: list[Outbound] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """One that takes a while."""
        sent: list[Outbound] = []

        async def send(*records: Outbound) -> None:
            await asyncio.sleep(0.01)
            sent.extend(records)

        self.asked += 1
        yield SimpleNamespace(send=send, offsets=lambda *_: None, appended_ms=None)
        if self.asked == 1:
            raise TransactionAbortedError("aborted", "a broker that went")
        self.kept += sent


async def test_what_was_read_behind_an_aborted_batch_is_not_routed_before_it() -> None:
    """Each record once, in the order of its partition."""
    bus = Bus()
    bus.tick(kit.NOW)
    events = [inbound(bus, seed=f"event {at}", case="case") for at in range(4)]
    outbox, kept = Outbox(events), FirstAborted()
    shard = Shard(
        bus.name, ordered(bus.registry)[-1], bus.routers,
        control=cast("Any", SimpleNamespace(registry=bus.registry, refresh=_nothing_new)),
        transactions=cast("Any", kept), clock=Standing(), salt=lambda: bytes(16),
        metrics=Metrics("routing"), quarantine=cast("Any", None),
    )  # fmt: skip
    place = TopicPartition(events[0].topic, events[0].partition)
    shard.next = {place: events[0].offset}
    read = Subscription("localhost:1", [place], shard.handle, most=9, title="", description="")
    cast("Any", read)._subscriber.consumer = outbox
    shard.seek = read.seek

    while shard.next[place] <= events[-1].offset:
        await shard.handle(cast("Any", await read._next_batch(cast("Any", outbox))))
        shard.raise_failure()

    log = [orjson.loads(one.value) for one in kept.kept if one.topic == topics.decisions(bus.name)]
    assert [record["src"]["offset"] for record in log] == [one.offset for one in events]
    assert kept.asked < 1 + len(events), "some were read while the first was at work"


async def _nothing_new() -> list[str]:
    return []
