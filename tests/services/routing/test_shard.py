"""A shard at work: what goes first, what ends it, and whose fault it takes a failure for."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock, MagicMock, Mock

import pytest
from aiokafka import TopicPartition
from prometheus_client import generate_latest

from contracts.decision.state.shelves import LostRowError
from contracts.decision.state.state import State, Tail
from contracts.envelope.wire import Outbound
from contracts.errors import LogError, SignerError, UsageError
from contracts.keys.keyring import HeldSigners, Signer
from contracts.log.orders.layout import ordered
from contracts.log.routing import partition_router as core
from contracts.log.routing.batch import Batch
from contracts.log.routing.partition_router import TIMED_AT_ONCE, PartitionRouter, RouterKeys
from contracts.vocabulary import topics
from services.platform.kafka.connection.missing_rights import ForbiddenError
from services.platform.kafka.writing.transactions import APPENDED
from services.platform.process.exit_codes import (
    UNREACHABLE,
    DamagedLogError,
    FencedError,
    ReplacedError,
    UnreachableError,
    exit_code,
)
from services.platform.process.metrics import Metrics
from services.routing import shard as shards
from services.routing.app import _reporting, _tell_agreed
from services.routing.counted import count
from services.routing.restart import check_not_ahead
from services.routing.shard import MAX_SKEW_MS, Shard, decide
from tests.contracts.envelope import kit
from tests.contracts.log.routed import LATER, Bus
from tests.flows.acts import draft, same_state
from tests.flows.directories import Keeper
from tests.world import World

DRAFT = draft("edu-s", "IP", ("crip", "assess", "FACTS"))


class Writing:
    """Records of each transaction that is kept."""

    def __init__(self) -> None:
        self.kept: list[list[Outbound]] = []
        self.send = AsyncMock()  # of the transaction that is open

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """One that commits, unless its body raises."""
        self.send.reset_mock()
        yield SimpleNamespace(send=self.send, appended_ms=None, last={})
        self.kept.append([record for call in self.send.call_args_list for record in call.args])


def shard_of(world: World, writing: Writing) -> Shard:
    """The civil shard over the world's routers."""
    registry, settings = world.registries["civil"], Mock(realm="civil", cleaned_s=1)
    settings.clock().now = world.clock.now
    return Shard(
        settings, ordered(registry)[-1],
        {number: one for (realm, number), one in world.routers.items() if realm == "civil"},
        control=cast("Any", Mock(registry=registry, refresh=AsyncMock(return_value=[]))),
        transactions=cast("Any", writing), metrics=Metrics("routing"), bus=cast("Any", None),
    )  # fmt: skip


def waiting(
    world: World, router: PartitionRouter | None = None, **stamp: int
) -> tuple[Writing, Shard, Any]:
    """A shard, and an input that waits for it."""
    world.publish_raw("edu-s", DRAFT)
    if router is None:
        world.settle()
        (router,) = [one for one in world.routers.values() if one.state.cases]
        world.publish_raw("edu-s", DRAFT)
    place = "relais.civil.outbox.education", router.site.partition
    record, writing = world.topics[place][-1], Writing()
    shard = shard_of(world, writing)
    shard.next = {TopicPartition(*place): record.offset}
    stamps = {"timestamp": record.timestamp_ms, "timestamp_type": 0} | stamp
    return writing, shard, SimpleNamespace(**asdict(record), **stamps)


def tails(shard: Shard) -> dict[int, int]:
    """How long each partition's log is."""
    return {number: router.state.tail.index for number, router in shard.routers.items()}


async def test_a_days_harvest_is_written_in_several_transactions_before_an_input() -> None:
    """None has more than its share, and the last one alone has the input's record."""
    writing, shard, read = waiting(*flooded())

    await shard.handle([read])
    shard.raise_failure()

    logs = [sum(one.topic.endswith(".decisions") for one in sent) for sent in writing.kept]
    assert len(logs) > 2
    assert max(logs) == TIMED_AT_ONCE
    decided = [any(b'"kind":"decided"' in one.value for one in sent) for sent in writing.kept]
    assert decided == [False] * (len(logs) - 1) + [True]


def test_a_transaction_is_counted_entry_by_entry() -> None:
    """By kind, by whose event it was, and by why nothing was given or it was put aside."""
    bus, metrics = Bus(), Metrics("routing")
    first, second = bus.good(1), bus.good(2)
    other = replace(first, offset=second.offset + 1, value=b"{}")
    bus.tick(kit.NOW)

    count(metrics, "civil", bus.route(first, second, first, other), 0.1)

    shown = generate_latest(metrics.registry).decode()
    for line in (
        'records_total{kind="decided",realm="civil"} 2.0',
        'records_total{kind="duplicate",realm="civil"} 1.0',
        'routed_total{agency="education",outcome="decided",realm="civil"} 2.0',
        'delivered_total{agency="child_welfare",realm="civil"} 2.0',
        'quarantined_total{agency="education",code="wrong_event_keys",realm="civil"} 1.0',
    ):
        assert f"relais_{line}" in shown


@pytest.mark.parametrize(("whose", "stops"), [(APPENDED, True), (0, False)])
async def test_a_machine_that_is_behind_decides_nothing(whose: int, *, stops: bool) -> None:
    """It would put the event aside as issued ahead; a stamp of the publisher's own stops nobody."""
    later = time.time_ns() // 1_000_000 + MAX_SKEW_MS + 60_000
    writing, shard, read = waiting(World(), timestamp=later, timestamp_type=whose)

    await shard.handle([read])

    if stops:
        with pytest.raises(UsageError, match="clock_off"):
            shard.raise_failure()
    else:
        shard.raise_failure()
    assert (writing.kept == []) is stops


async def test_a_write_that_is_not_allowed_yet_ends_with_a_code_that_is_started_again() -> None:
    """The batch is dropped; with its rights applied, the next start writes the same."""
    writing, shard, read = waiting(World())
    why = ForbiddenError("kafka_forbidden", "principal `routing-civil-0` may not write")
    writing.send.side_effect, before = why, tails(shard)

    await shard.handle([read])

    with pytest.raises(UnreachableError, match="kafka_forbidden") as ended:
        shard.raise_failure()
    assert exit_code(ended.value) == UNREACHABLE
    assert tails(shard) == before


async def test_an_order_of_another_layout_is_seen_before_anything_is_decided() -> None:
    """It is no fault, exit code 6."""
    world = World()
    writing, shard, read = waiting(world)
    before, places = tails(shard), dict(shard.next)

    async def another_layout() -> list[str]:
        world.order("civil", "layout", {"shards": 2, "partitions": topics.PARTITIONS})
        return []

    cast("Any", shard.control).refresh = another_layout
    await shard.handle([read])

    with pytest.raises(ReplacedError, match="layout_differs"):
        shard.raise_failure()
    assert (writing.kept, shard.next, tails(shard)) == ([], places, before)


async def test_the_store_keeps_how_far_an_outbox_was_taken_whose_agency_has_left() -> None:
    """A start believes it: the agency may come back, and nothing of it is routed twice."""
    writing, shard, read = waiting(World())
    store = shard._store = Mock()
    left = TopicPartition("relais.civil.outbox.hospital", read.partition)
    shard.taken = {left: 7, TopicPartition(read.topic, read.partition): 0}

    await shard.handle([read])
    shard.raise_failure()

    ((_number, _state, _last, taken), _) = store.took.call_args
    assert taken == {left: 7, TopicPartition(read.topic, read.partition): read.offset + 1}
    assert len(writing.kept) == 1


def test_a_fault_in_what_was_released_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Routing breaks at it again: it is put aside again, its neighbours and the next are routed."""
    bus, look = Bus(), core.look
    events = [bus.good(number) for number in (1, 2, 3)]

    def look_or_break(record: Any, *rest: Any) -> Any:
        if record.value == events[1].value:
            raise ZeroDivisionError
        return look(record, *rest)

    leaves = bus.put_aside(*events)
    bus.rule("release", *leaves)
    bus.tick(LATER)
    router = bus.routers[events[0].partition]
    monkeypatch.setattr(core, "look", look_or_break)
    found = {leaf: bus.quarantined(leaf) for leaf in router.wanted}
    event, salt = bus.good(4), lambda: bus.salt(16)
    batch = decide(router, [event], bus.registry, LATER + 1, salt, found)
    bus.take(batch)

    kinds = [settled.entry.kind for settled in batch.settled]
    assert kinds == ["decided", "quarantined", "decided", "decided"]
    (again,) = router.state.kept.values()
    assert (again.code, again.first) == ("internal_error", kit.NOW + 1)
    assert bus.alarms(LATER + 1) == []


@pytest.mark.parametrize("error", [LostRowError("of our disk"), FencedError("fenced")])
@pytest.mark.parametrize("sound", [0, 1])
def test_a_state_that_cannot_be_read_is_no_fault_of_a_record(
    monkeypatch: pytest.MonkeyPatch, error: Exception, sound: int
) -> None:
    """Nothing is put aside because of our own disk, whenever it is met."""
    bus, met = Bus(), iter([ValueError("of a record")] * sound)
    event = bus.inbound()

    def batch(router: PartitionRouter, *_args: object) -> Batch:
        router.in_hand = event.topic, event.offset
        raise next(met, error)

    monkeypatch.setattr(PartitionRouter, "batch", batch)
    with pytest.raises(type(error)):
        decide(bus.routers[event.partition], [event], bus.registry, kit.NOW, lambda: bytes(16))


def test_the_directory_of_the_log_and_not_of_control_says_whose_outboxes_are_read() -> None:
    """A desk that control has and the log not yet would be unknown to every record until then."""
    world = World()
    world.settle()
    keeper, shard = Keeper(world), shard_of(world, Writing())
    rows = keeper.payload["desks"]
    keeper.payload["desks"] = [row for row in rows if row.get("agency") != "association"]
    keeper.adopt()

    before = {place.topic for place in shard.inputs()}
    world.settle()

    gone = before - {place.topic for place in shard.inputs()}
    assert gone == {topics.outbox("civil", "association")}


def test_a_version_that_no_order_brought_ends_a_router_by_name() -> None:
    """Control was emptied: nothing is known of what the log is under."""
    world = World()
    world.settle()
    shard = shard_of(world, Writing())
    shard.control.registry.conventions.clear()

    with pytest.raises(LogError, match=r"convention_not_loaded.*no order that adopts it"):
        shard.inputs()


async def test_a_log_that_took_more_than_an_outbox_has_ends_a_router() -> None:
    """A thief's record said so, or Kafka lost it: what comes up to there would be passed over."""
    world = World()
    world.settle()
    shard, place = shard_of(world, Writing()), TopicPartition("relais.civil.outbox.education", 4)
    shard.next = {place: 1_000_001}
    cast("Any", shard.control).reader.ends = AsyncMock(return_value={place: 6})

    with pytest.raises(DamagedLogError, match=r"input_missing at .*education/4"):
        await _reporting(shard, Mock(), MagicMock())


def test_no_router_starts_behind_a_record_that_is_minutes_ahead() -> None:
    """Its time never goes back: until then it would put every event aside."""
    ahead = {4: State(tail=Tail(at=kit.NOW + 240))}
    check_not_ahead("civil", ahead, kit.NOW)

    with pytest.raises(DamagedLogError, match=r"recorded_ahead at relais.civil.decisions/4"):
        check_not_ahead("civil", ahead, kit.NOW - 1)


class Away:
    """A signer over another one, which may be away."""

    def __init__(self, signer: Signer) -> None:
        self.kid, self.alg, self.owner = signer.kid, signer.alg, signer.owner
        self.public = signer.public
        self.away = True
        self.blinks = False  # it is back at once
        self._signer = signer

    def sign(self, message: bytes) -> bytes:
        if self.away:
            self.away = not self.blinks
            raise SignerError("signer_away", "DeviceRemoved", "a device that signs", self.kid)
        return self._signer.sign(message)


@pytest.mark.parametrize("blinks", [False, True])
async def test_what_a_router_cannot_sign_it_does_not_write(
    monkeypatch: pytest.MonkeyPatch, *, blinks: bool
) -> None:
    """No transaction, input is read again, no record takes the blame; then as ever."""
    monkeypatch.setattr(shards, "PAUSES", (0.0,))
    writing, shard, read = waiting(World())
    own = Away(kit.realm().router)
    own.blinks = blinks
    for router in shard.routers.values():
        router.keys = RouterKeys(HeldSigners(own), router.keys.routing_secret)
    sought: list[Any] = []
    shard.seek = sought.append
    before = dict(shard.next)

    await shard.handle([read])

    shard.raise_failure()
    assert writing.kept == []
    assert sought == [before]
    assert shard.next == before
    own.away = False
    await shard.handle([read])
    shard.raise_failure()
    sent = writing.kept[-1]
    assert sum(one.topic.endswith(".decisions") for one in sent) == 1
    assert not [one for one in sent if one.topic.endswith(".quarantine")]


async def test_a_directory_without_the_routers_key_ends_no_router(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A keeper's slip: nothing is written; with the next directory all goes on."""
    monkeypatch.setattr(shards, "PAUSES", (0.0,))
    world = World()
    writing, shard, read = waiting(world)
    keeper, before = Keeper(world), dict(shard.next)
    entries = [{**keeper.entries("")[0]}]
    keeper.entries("")[0] |= {"revoked": world.clock.now(), "reason": "superseded"}
    keeper.adopt()
    await shard.handle([read])

    shard.raise_failure()
    assert (writing.kept, shard.next) == ([], before)
    keeper.entries("")[:] = entries
    keeper.adopt()
    await shard.handle([read])
    shard.raise_failure()
    assert b'"kind":"decided"' in writing.kept[-1][-1].value


def test_a_directory_without_keys_to_seal_to_is_told_as_one_that_has_run_out() -> None:
    """Not as the one before it, whose figure would stay."""
    world = World()
    world.settle()
    shard, keeper = shard_of(world, Writing()), Keeper(world)
    _tell_agreed(shard)
    before = shard.metrics.keys_end.labels("civil")._value.get()
    keeper.payload["desks"] = []
    keeper.adopt()

    _tell_agreed(shard)

    assert before > shard.metrics.keys_end.labels("civil")._value.get() == world.clock.now()


ALERTS = 90  # each owes a receipt by the end of one and the same day


def flooded() -> tuple[World, PartitionRouter]:
    """One desk's many alerts in one partition, all unanswered when the day has ended."""
    world = World()
    for _ in range(ALERTS):
        world.publish_raw("edu-s", DRAFT)
    world.settle()
    (router,) = [one for one in world.routers.values() if one.state.cases]
    world.clock.advance(100 * kit.DAY)  # receipts and feedback alike
    return world, router


@pytest.mark.slow
@pytest.mark.parametrize("with_input", [False, True])
def test_what_is_due_is_written_whole_in_bounded_batches_before_anything_else(
    with_input: bool,
) -> None:
    """As a shard ticks: again while something is due; a batch with input writes the rest first."""
    world, router = flooded()
    sizes = []
    if with_input:
        world.publish_raw("edu-s", DRAFT)
        world.settle()
    while router.next_due is not None and router.next_due <= world.clock.now():
        sizes.append(len(world.route(router, ()).settled))

    assert with_input == (not sizes)
    assert with_input or (max(sizes) == TIMED_AT_ONCE and sum(sizes) >= 2 * ALERTS > TIMED_AT_ONCE)
    same_state(world)
