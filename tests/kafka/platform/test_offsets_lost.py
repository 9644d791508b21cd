"""A group that forgot its offsets: the log knows what was taken, and nothing is taken twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from contracts.vocabulary import topics
from services.platform.kafka.writing.transactions import Transactions
from tests.kafka import kit

pytestmark = pytest.mark.anyio


async def test_offsets_that_went_back_are_not_believed(fresh: str, tmp_path: Path) -> None:
    """Set to zero behind the router's back, its inputs are not decided, nor noticed, again."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    records = [publisher.event(case)[1] for case in range(20)]
    async with kit.router(fresh, tmp_path):
        await publisher.publish(records[:15])
        await kit.until(fresh, {"decided": 15})

    await _forget(fresh, {TopicPartition(one.topic, one.partition) for one in records})
    async with kit.router(fresh, tmp_path):
        await publisher.publish(records[15:])
        log = await kit.until(fresh, {"decided": 20})

    kinds = [one["kind"] for one in log]
    assert kinds.count("decided") == 20
    assert {"duplicate", "quarantined"} & set(kinds) == set()


async def _forget(bootstrap: str, places: set[TopicPartition]) -> None:
    transactions, group = Transactions(bootstrap, ["forgetting"]), topics.routing_group(kit.REALM)
    async with transactions, transactions.transaction() as transaction:
        transaction.offsets(group, {place: OffsetAndMetadata(0, "") for place in places})
