"""A router on the bus: its offsets went back, or somebody holds up what it reads."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from contracts.kafka.topic_plan import plan
from contracts.vocabulary import topics
from tests.contracts.envelope.kit import realm
from tests.kafka import kit
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.simulation.bus import Tried


@pytest.fixture(params=["simulated", pytest.param("kafka", marks=pytest.mark.kafka)])
def side(request: pytest.FixtureRequest) -> str:
    """Which Kafka it is; services with TLS are tried in tests/kafka/platform."""
    return str(request.param)


async def prepared(bus: Tried, home: Path) -> kit.Publisher:
    """Topics, first orders and a clock; who writes events."""
    kit.move_clock(home)
    await bus.make(*plan(kit.convention(), realm(kit.REALM).directory))
    await kit.adopt_first(bus.bootstrap)
    return kit.Publisher(bus.bootstrap)


async def test_offsets_that_went_back_are_not_believed(bus: Tried, tmp_path: Path) -> None:
    """Set to zero behind the router's back, its inputs are not decided, nor noticed, again."""
    publisher = await prepared(bus, tmp_path)
    records = [publisher.event(case)[1] for case in range(20)]
    async with kit.router(bus.bootstrap, tmp_path):
        await publisher.publish(records[:15])
        await kit.until(bus.bootstrap, {"decided": 15})

    forgetting = await bus.writer("forgetting")
    async with forgetting.transaction() as transaction:
        places = {TopicPartition(one.topic, one.partition) for one in records}
        zero = dict.fromkeys(places, OffsetAndMetadata(0, ""))
        transaction.offsets(topics.routing_group(kit.REALM), zero)
    async with kit.router(bus.bootstrap, tmp_path):
        await publisher.publish(records[15:])
        log = await kit.until(bus.bootstrap, {"decided": 20})

    kinds = [one["kind"] for one in log]
    assert kinds.count("decided") == 20
    assert {"duplicate", "quarantined"} & set(kinds) == set()


async def test_what_waits_behind_an_open_transaction_is_shown_with_its_age(
    bus: Tried, tmp_path: Path
) -> None:
    """A second writer begins and does not end: the event behind is counted, until it is let go."""
    publisher, port = await prepared(bus, tmp_path), free_port()
    _, event = publisher.event(1, "edu-s")
    other = await bus.writer("somebody")

    async def shown(name: str) -> float:
        labels = re.escape(f'{{partition="{event.partition}",topic="{event.topic}"}}')
        page = await bus.page(port, "/metrics")
        found = re.search(rf"^relais_{name}{labels} (\S+)$", page, re.MULTILINE)
        return float(found[1]) if found else -1.0

    async with kit.router(bus.bootstrap, tmp_path, http_port=port), asyncio.timeout(PATIENCE):
        async with other.transaction() as transaction:
            await transaction.send(replace(event, value=b"left open"))
            await transaction.settle()
            await publisher.publish([event])
            while await shown("open_transaction_seconds") < 2:
                await asyncio.sleep(0.2)
            lag = await shown("lag")
        await kit.until(bus.bootstrap, {"decided": 1})
        while await shown("open_transaction_seconds") > 0 or await shown("lag") > 0:
            await asyncio.sleep(0.2)

    assert lag >= 2  # it is lag: what was left open, and the event behind it
