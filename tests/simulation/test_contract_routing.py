"""Orders, routers and an auditor on the bus, and what goes wrong there behind their backs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.record.util import calc_crc32c

from contracts.convention.load import load
from contracts.conventions import SECOND, read, shipped
from contracts.envelope.wire import Outbound
from contracts.errors import LogError, UsageError
from contracts.kafka.topic_plan import plan
from contracts.keys.keyring import sign_directory
from contracts.log.orders.order import make_order
from contracts.vocabulary import topics
from services.audit import app, following
from services.platform.kafka.orders.control import read_registry
from services.platform.process.exit_codes import FencedError, ReplacedError
from services.platform.settings import AuditSettings
from tests.contracts.convention.kit import convention
from tests.contracts.convention.parties import adoption
from tests.contracts.envelope.kit import DAY, NOW, realm, signer
from tests.contracts.log.first_orders import OWNER, owners
from tests.kafka import kit
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.simulation.bus import Tried, commit


async def prepared(
    bus: Tried, home: Path, settings: Mapping[str, str] | None = None, *, adopt: bool = True
) -> kit.Publisher:
    """Topics, some with other settings, first orders and a clock; who writes events."""
    kit.move_clock(home)
    planned = plan(convention(), realm(kit.REALM).directory)
    configs = [tuple((dict(topic.configs) | dict(settings or {})).items()) for topic in planned]
    await bus.make(*map(lambda one, own: replace(one, configs=own), planned, configs))
    if adopt:
        await kit.adopt_first(bus.bootstrap)
    return kit.Publisher(bus.bootstrap)


async def test_an_agency_that_leaves_and_comes_back_is_not_read_again(
    bus: Tried, tmp_path: Path
) -> None:
    """Its outbox is read on from where it was left, by a router that has run on meanwhile."""
    publisher, own = await prepared(bus, tmp_path), realm(kit.REALM)
    async with kit.router(bus.bootstrap, tmp_path):
        await publisher.publish([publisher.event(1, "asso")])
        await kit.until(bus.bootstrap, {"decided": 1})
        for version, gone in ((2, {own.urn("asso"), own.urn("psp")}), (3, set[str]())):
            desks = [row for row in own.payload["desks"] if row["desk"] not in gone]
            payload = own.payload | {"version": version, "iat": NOW, "desks": desks}
            token = sign_directory(payload, own.keeper)
            await kit.order(bus.bootstrap, "adopt_directory", directory=token)
            await kit.until(bus.bootstrap, {"adopted": (version + 1) * topics.PARTITIONS})
            await publisher.publish([publisher.event(version, "edu-s")])
            await kit.until(bus.bootstrap, {"decided": version})
        await publisher.publish([publisher.event(1, "asso")])
        log = await kit.until(bus.bootstrap, {"decided": 4})

    assert {one["kind"] for one in log} == {"genesis", "adopted", "decided"}


async def test_what_waits_behind_an_open_transaction_is_shown_with_its_age(
    bus: Tried, tmp_path: Path
) -> None:
    """A second writer begins and does not end: the event behind is counted, until it is let go."""
    publisher, port = await prepared(bus, tmp_path), free_port()
    event = publisher.event(1, "edu-s")
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


async def test_any_input_ends_as_a_record_and_stops_nobody(bus: Tried, tmp_path: Path) -> None:
    """Null, garbage, deep, vast or undecodable records are quarantined; the next is routed."""
    publisher = await prepared(bus, tmp_path)
    good = publisher.event(1, "edu-s")
    bad: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]] = [
        (b"k", None, []),
        (b"", b"", []),
        (b"\xff", b"\xff\xfe\x00garbage", []),
        (b"deep", b"[" * 100_000, []),
        (b"vast", bytes(topics.MAX_RECORD_BYTES - 1000), []),
        (b"another key", good.value, []),
        (good.key, good.value, [("content-type", b"\xff\xfe")]),
        (good.key, good.value, [("content-type", None)]),
        (b"h", b"x", [("h", bytes(1_000_000))]),
    ]
    options = {"acks": "all", "max_request_size": topics.MAX_ORDER_BYTES}

    async with kit.router(bus.bootstrap, tmp_path):
        async with bus.client_of("producer", **options) as producer:
            for key, value, headers in bad:
                await producer.send_and_wait(
                    good.topic, value, key, good.partition, headers=headers
                )
        await publish_undecodable_name(bus, good.topic, good.partition, b"hostile")
        await publisher.publish([good])
        log = await kit.until(bus.bootstrap, {"decided": 1})

    name = topics.quarantine(kit.REALM)
    kept = await kit.read(bus.bootstrap, name)
    kinds = [one["kind"] for one in log]
    assert (kinds.count("quarantined"), kinds.count("decided")) == (len(bad) + 1, 1)
    assert [one.value for one in kept] == [value or b"" for _, value, _ in bad] + [b"hostile"]


async def publish_undecodable_name(bus: Tried, topic: str, partition: int, value: bytes) -> None:
    """Write a record with a header whose *name* is not UTF-8."""
    async with bus.client_of("producer") as producer:
        batch = producer.create_batch()
        batch.append(timestamp=None, key=b"k", value=value, headers=[("éé", b"\xff"), ("n", None)])
        data = bytearray(batch._build())
        place = data.index("éé".encode())
        data[place : place + 4] = b"\xff\xfe\xff\xfe"
        data[17:21] = calc_crc32c(bytes(data[21:])).to_bytes(4, "big")  # as it stands in a batch
        batch._buffer = data
        await (await producer.send_batch(batch, topic, partition=partition))


async def test_a_new_layout_ends_and_fences_old_owners_and_routes_once(
    bus: Tried, tmp_path: Path
) -> None:
    """Who runs ends, who wakes up late commits nothing; a shard that the layout has not, ends too.

    A start deletes the store of a shard that there is not: no erasure reaches it.
    """
    publisher = await prepared(bus, tmp_path)
    gone = tmp_path / "state" / f"{kit.REALM}-7.sqlite"
    gone.parent.mkdir(exist_ok=True)
    gone.touch()
    await publisher.publish([publisher.event(case) for case in range(12)])
    async with kit.failing(kit.shard(bus.bootstrap, tmp_path)) as running:
        await kit.until(bus.bootstrap, {"decided": 12})
        await kit.order(bus.bootstrap, "layout", **kit.layout(2))
        with pytest.raises(ReplacedError, match="layout_differs"):
            await running
    assert not gone.exists()
    zombie = await bus.writer(*topics.routing_transactions(kit.REALM, 1, 0))
    await publisher.publish([publisher.event(case) for case in range(12)])
    async with kit.failing(kit.shard(bus.bootstrap, tmp_path, shard=2)) as task:
        with pytest.raises(UsageError, match="RELAIS_SHARD=2"):
            await task

    async with (
        kit.router(bus.bootstrap, tmp_path, shard=0),
        kit.router(bus.bootstrap, tmp_path, shard=1),
    ):
        log = await kit.until(bus.bootstrap, {"decided": 24, "layout": 6})

    with pytest.raises(FencedError):
        await commit(zombie, Outbound(topics.quarantine(kit.REALM), 0, b"k", b"zombie"))
    await zombie.stop()
    assert [one["kind"] for one in log].count("decided") == 24


async def test_an_auditor_tells_what_is_written_or_taken_away_behind_it(
    bus: Tried, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ready, it counts records and alarms, and finds at its next look what is gone since."""
    monkeypatch.setattr(following, "IDLE_S", 1)
    publisher = await prepared(bus, tmp_path, {"cleanup.policy": "delete"})
    decisions, evidence = topics.decisions(kit.REALM), topics.evidence(kit.REALM)
    async with kit.router(bus.bootstrap, tmp_path):
        await publisher.publish([publisher.event(case, "edu-s") for case in range(12)])
        await kit.until(bus.bootstrap, {"decided": 12})
    log = await kit.read(bus.bootstrap, decisions)
    record = next(one for one in reversed(log) if b'"kind":"decided"' in (one.value or b""))
    given: dict[str, Any] = {"kafka": bus.bootstrap, "realms": (kit.REALM,), "play": True}
    settings = AuditSettings(
        **given, http_port=free_port(), clock_file=tmp_path / "clock", home=tmp_path / "audit",
        look_again_s=2,
    )  # fmt: skip

    async def shown(what: str, path: str = "/metrics") -> str:
        while what not in (page := await bus.page(settings.http_port, path)):
            await asyncio.sleep(0.2)
        return page

    async with kit.serving(partial(app.serve, settings, owners())), asyncio.timeout(PATIENCE):
        await shown('"ready":true', "/ready")
        before = await shown('relais_records_total{kind="decided",realm="civil"} 12.0')
        async with bus.client_of("producer", acks="all") as producer:
            await producer.send_and_wait(
                decisions, record.value, record.key, record.partition, headers=list(record.headers)
            )
        page = await shown("chain_broken")
        place = TopicPartition(evidence, record.partition)
        async with bus.reader() as reader:
            await bus.drop_before(place, (await reader.ends([place]))[place])
        await shown("evidence_missing")
        warned = await shown("evidence_missing", "/ready")

    assert "relais_alarms_total{" not in before
    assert 'relais_alarms_total{code="chain_broken"} 1.0' in page
    assert '"ready":true' in warned


async def half_signed(bus: Tried, text: bytes, start: int = NOW) -> None:
    """Write an adoption that a party has not signed, past every check of who publishes orders."""
    registry = await read_registry(bus.reader(), kit.REALM, owners())
    adopted = adoption(text, ["education", "police", "justice", "child_welfare"])
    value = make_order(
        kit.REALM, "adopt_convention", adopted, last=registry.last, start=start, signers=[OWNER]
    )
    async with bus.client_of("producer", acks="all") as producer:
        await producer.send_and_wait(topics.control(kit.REALM), value, b"k", 0)


async def test_a_router_does_not_start_on_a_half_signed_convention(
    bus: Tried, tmp_path: Path
) -> None:
    """It ends and says who is missing; with all signatures it starts."""
    await prepared(bus, tmp_path, adopt=False)
    await kit.order(bus.bootstrap, "layout", **kit.layout(1))
    await kit.order(bus.bootstrap, "adopt_directory", directory=realm(kit.REALM).token)
    await half_signed(bus, shipped())

    async with kit.failing(kit.shard(bus.bootstrap, tmp_path)) as task:
        with pytest.raises(LogError, match=r"convention_half_signed.*missing association"):
            await task
    await kit.order(bus.bootstrap, "adopt_convention", **kit.convention_signed())

    async with kit.router(bus.bootstrap, tmp_path):
        await kit.until(bus.bootstrap, {"adopted": 2 * topics.PARTITIONS})


async def test_a_version_comes_at_its_hour_without_a_restart(bus: Tried, tmp_path: Path) -> None:
    """Announced a day ahead, behind a half-signed one; events say what judged them."""
    publisher, hour, text = await prepared(bus, tmp_path), NOW + DAY, read(SECOND)
    await half_signed(bus, text, hour)
    signed = kit.convention_signed(text)
    await kit.order(bus.bootstrap, "adopt_convention", start=hour, **signed)

    async with kit.router(bus.bootstrap, tmp_path):
        await publisher.publish([publisher.event(1, "edu-s")])
        await kit.until(bus.bootstrap, {"decided": 1})
        kit.move_clock(tmp_path, hour + 1)
        await kit.until(bus.bootstrap, {"adopted": 3 * topics.PARTITIONS})
        await publisher.publish([publisher.event(2, "edu-s", at=hour)])
        log = await kit.until(bus.bootstrap, {"decided": 2})

    old, new = convention().digest, load(text).digest
    judged = [one["convd"] for one in log if one["kind"] == "decided"]
    adopted = [one for one in log if one["kind"] == "adopted" and one["convd"] == new]
    assert sorted(judged) == sorted([old, new])
    assert {one["partition"] for one in adopted} == set(range(topics.PARTITIONS))
    assert {one["at"] for one in adopted} == {hour}


async def test_an_order_that_readers_would_refuse_is_never_written(
    bus: Tried, tmp_path: Path
) -> None:
    """A broken or half-signed convention, another keeper's directory, a stranger's signature."""
    await prepared(bus, tmp_path, adopt=False)
    order = partial(kit.order, bus.bootstrap)
    stranger = signer("urn:relais:owner:convention", "convention-1x")
    token, signed = realm(kit.REALM).token, kit.convention_signed()
    half = signed | {"signatures": signed["signatures"][:-1]}

    for made in (
        order("adopt_convention", convention="clauses: []", signatures=[]),
        order("adopt_convention", **half),
        order("adopt_directory", directory=token[:-8] + "AAAAAAAA"),
        order("adopt_convention", signer=stranger, **signed),
    ):
        with pytest.raises(LogError, match="order_rejected"):
            await made

    assert await bus.read(TopicPartition(topics.control(kit.REALM), 0)) == []


async def test_of_two_publishers_at_once_one_comes_first(bus: Tried, tmp_path: Path) -> None:
    """Two orders with one number: one is taken, the other's author is told."""
    await prepared(bus, tmp_path, adopt=False)

    both = await asyncio.gather(
        *(kit.order(bus.bootstrap, "layout", **kit.layout(shards)) for shards in (1, 2)),
        return_exceptions=True,
    )

    registry = await read_registry(bus.reader(), kit.REALM, owners())
    taken = [one for one in both if not isinstance(one, BaseException)]
    assert {one.digest for one in registry.orders} == {one.digest for one in taken}
    assert all(isinstance(one, LogError) for one in both if isinstance(one, BaseException))
