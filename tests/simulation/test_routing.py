"""The routing service end to end: hostile inputs, restarts, refusals to start."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import TopicPartition

from contracts.envelope.wire import Outbound
from contracts.errors import UsageError
from contracts.log.erasing.forgetting import is_blank
from contracts.vocabulary import topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.writing.transactions import Transactions
from services.platform.process.exit_codes import FencedError, ReplacedError
from services.routing.restart import committed_offsets
from tests.contracts.envelope.kit import inbound, inbox
from tests.flows.hostile import hostile
from tests.kafka import kit
from tests.kafka.hostile import publish_undecodable_name
from tests.patience import PATIENCE
from tests.simulation.bus import Tried, commit

OUTBOX = topics.outbox(kit.REALM, "education")
CRIP = inbox(kit.REALM, "crip")
QUARANTINE = topics.quarantine(kit.REALM)


@pytest.fixture
def side() -> str:
    """The simulated Kafka; on a real one `test_contract_routing.py` runs routers."""
    return "simulated"


@pytest.fixture
async def fresh(bus: Tried, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A Kafka without topics of Relais, and a clock."""
    monkeypatch.setattr(kit, "apply_topics", lambda _kafka, planned, **_: bus.make(*planned))
    kit.move_clock(tmp_path)
    return bus.bootstrap


def routed(records: list[dict[str, Any]]) -> list[str]:
    """The kind of each record, apart from orders."""
    return [one["kind"] for one in records if one["kind"] not in ("genesis", "adopted")]


def outcome(records: list[dict[str, Any]]) -> Counter[str]:
    """How many records of each kind, apart from orders."""
    return Counter(routed(records))


async def test_an_event_is_delivered_and_its_issuer_told(fresh: str, tmp_path: Path) -> None:
    """What an intake publishes arrives sealed at its addressee, with a notice to its issuer."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    issued, record = publisher.event(1, "edu-s")

    async with kit.router(fresh, tmp_path):
        await publisher.publish([record])
        log = await kit.until(fresh, {"decided": 1})

    arrived = await kit.read(fresh, CRIP, inbox(kit.REALM, "edu-s"))
    values = {name: orjson.loads(found[0].value or b"") for name, found in arrived.items()}
    assert outcome(log) == {"decided": 1}
    assert values[CRIP]["data"]["slip"] == issued.slips[0]
    assert sorted(values[CRIP]["data"]["parts"]) == sorted(issued.parts)
    assert "notice" in values[inbox(kit.REALM, "edu-s")]["data"]


async def test_any_input_ends_as_a_record_and_stops_nobody(fresh: str, tmp_path: Path) -> None:
    """Null, garbage, deep, vast or undecodable records are quarantined; the next is routed."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    _, good = publisher.event(1, "edu-s")
    place = {"topic": OUTBOX, "partition": good.partition}
    bad = [
        {**place, "key": b"k", "value": None},
        {**place, "key": b"", "value": b""},
        {**place, "key": b"\xff", "value": b"\xff\xfe\x00garbage"},
        {**place, "key": b"deep", "value": b"[" * 100_000},
        {**place, "key": b"vast", "value": bytes(topics.MAX_RECORD_BYTES - 1000)},
        {**place, "value": good.value, "key": b"another key"},
        {**place, "value": good.value, "key": good.key, "headers": [("content-type", b"\xff\xfe")]},
        {**place, "value": good.value, "key": good.key, "headers": [("content-type", None)]},
        {**place, "key": b"h", "value": b"x", "headers": [("h", bytes(1_000_000))]},
    ]

    async with kit.router(fresh, tmp_path):
        await kit.write(fresh, bad)
        await publish_undecodable_name(fresh, OUTBOX, good.partition, b"hostile")
        await publisher.publish([good])
        log = await kit.until(fresh, {"decided": 1})

    kept = (await kit.read(fresh, QUARANTINE))[QUARANTINE]
    assert outcome(log) == {"quarantined": len(bad) + 1, "decided": 1}
    assert [one.value for one in kept] == [row["value"] or b"" for row in bad] + [b"hostile"]
    assert all("cover" not in one or one["kind"] == "decided" for one in log[-1:])


async def test_changed_records_stop_no_router(fresh: str, tmp_path: Path) -> None:
    """A thousand that no honest client would write; the event behind them is decided."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    valid, good = (inbound(publisher.event(1, "edu-s")[0]) for _ in range(2))
    place = TopicPartition(OUTBOX, valid.partition)
    rows = [*hostile([valid], 1_000, "on Kafka"), good]
    written = [  # no broker takes a record without a key
        {**place._asdict(), "key": row.key or b"", "value": row.value, "headers": list(row.headers)}
        for row in rows
        if not is_blank(row)
    ]

    kinds = list[str]()
    async with kit.router(fresh, tmp_path), asyncio.timeout(PATIENCE):
        await kit.write(fresh, written)
        while len(kinds) < len(written):
            kinds = routed(await kit.records(fresh))

    assert (len(kinds), kinds[-1]) == (len(written), "decided")


async def test_a_restart_goes_on_where_it_was(fresh: str, tmp_path: Path) -> None:
    """Nothing is decided twice, nothing is left out, and a replayed event is a duplicate."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    records = [publisher.event(case)[1] for case in range(20)]

    for part, decided in ((records[:10], 10), (records[10:], 20), (records[:1], 20)):
        await publisher.publish(part)
        async with kit.router(fresh, tmp_path):
            await kit.until(fresh, {"decided": decided, "duplicate": part == records[:1]})

    assert outcome(await kit.records(fresh)) == {"decided": 20, "duplicate": 1}


async def test_another_layout_refuses_to_start(fresh: str, tmp_path: Path) -> None:
    """Shards are what control ordered; a new order is taken up only on demand, old owners end."""
    await kit.prepare(fresh)
    async with kit.failing(fresh, tmp_path, shards=2, shard=1) as task:
        with pytest.raises(UsageError, match="layout_differs"):
            await task

    async with kit.failing(fresh, tmp_path) as running:
        await kit.until(fresh, {"adopted": 12})
        await kit.order(fresh, "layout", **kit.layout(2))
        with pytest.raises(ReplacedError, match="layout_differs"):
            await running
    async with kit.failing(fresh, tmp_path, shards=2, shard=1) as task:
        with pytest.raises(UsageError, match="layout_differs"):
            await task


async def test_resharding_fences_every_old_owner_first(fresh: str, tmp_path: Path) -> None:
    """Under a new layout the old ids are fenced, the order recorded, and nothing routed twice."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    await publisher.publish([publisher.event(case)[1] for case in range(12)])
    async with kit.router(fresh, tmp_path):
        await kit.until(fresh, {"decided": 12})
    zombie = Transactions(fresh, topics.routing_transactions(kit.REALM, 1, 0))
    await zombie.start()
    await kit.order(fresh, "layout", **kit.layout(2))
    await publisher.publish([publisher.event(case)[1] for case in range(12)])

    async with (
        kit.router(fresh, tmp_path, shards=2, shard=0, reshard=True),
        kit.router(fresh, tmp_path, shards=2, shard=1, reshard=True),
    ):
        log = await kit.until(fresh, {"decided": 24, "layout": 6})

    with pytest.raises(FencedError):
        await commit(zombie, Outbound(QUARANTINE, 0, b"k", b"zombie"))
    await zombie.stop()
    assert outcome(log) == {"decided": 24, "layout": 6}


async def test_input_offsets_are_committed_with_the_log(fresh: str, tmp_path: Path) -> None:
    """The committed offset of an outbox stands behind its last routed event."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    _, record = publisher.event(1, "edu-s")
    await publisher.publish([record])

    async with kit.router(fresh, tmp_path):
        await kit.until(fresh, {"decided": 1})

    place = TopicPartition(record.topic, record.partition)
    group = topics.routing_group(kit.REALM)
    assert await committed_offsets(Bus(fresh), group, [place]) == {place: 1}
