"""A starting shard folds its log as it comes, in whatever order its two topics come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from operator import itemgetter

import orjson
import pytest
from aiokafka import TopicPartition

from contracts.decision.state.state import State
from contracts.encoding import canonical, leaf_hash
from contracts.envelope.wire import Inbound, Outbound
from contracts.vocabulary import topics
from services.audit.replay import RealmAudit
from services.platform.kafka.evidence import recorded
from services.platform.process.exit_codes import LOG_DAMAGED, DamagedLogError, exit_code
from services.routing.restart import rebuild_states
from services.routing.store import ShardStore
from tests.contracts.decision.state.tables import check_same
from tests.contracts.envelope import kit
from tests.contracts.log.erasing.kit import ALERT, compacted, naming, order, two_children
from tests.contracts.log.first_orders import owners
from tests.contracts.log.routed import Bus
from tests.flows.acts import CASE, OTHER, raw
from tests.simulation.planted_log import PlantedKafka, PlantedLog, Rows
from tests.world import World

Meddle = Callable[[Bus, int], None]
EVENTS = 40


def played() -> Bus:
    """Events of some cases, an event twice, garbage, and weeks of silence after."""
    bus = Bus()
    events = [bus.inbound(seed=f"event {at}", case=f"case {at % 12}") for at in range(EVENTS)]
    for event in events:
        bus.route(event)
    bus.route(*events[:2])
    bus.tick(kit.NOW + 60 * kit.DAY)
    return bus


def kafka_of(rows: Rows, at: int = 0, **steps: int) -> PlantedKafka:
    """Hands over so many records of each topic in turn, of the first or last one that may come."""
    return PlantedKafka(rows, itemgetter(at), lambda name: steps.get(name.rpartition(".")[2], 1))


STEPS = {"evidence": 3, "decisions": 5}


async def rebuilt(
    bus: Bus,
    left_out: tuple[str, ...] = (),
    stores: ShardStore | None = None,
    kafka: PlantedKafka | None = None,
) -> tuple[dict[int, State], dict[TopicPartition, int]]:
    """The states of all partitions, and how far inputs were taken."""
    numbers = sorted(bus.routers)
    async with (kafka or kafka_of(bus.written, **STEPS)).reader() as reader:
        return await rebuild_states(reader, bus.name, numbers, bus.registry, left_out, stores)


@pytest.mark.parametrize(
    "steps", [{"evidence": 1, "decisions": 1000}, {"evidence": 1000, "decisions": 1}, STEPS]
)
async def test_the_order_in_which_the_topics_come_makes_no_difference(
    steps: dict[str, int],
) -> None:
    """The state, and how far each input was taken, are those of the router at work."""
    bus = played()

    states, taken = await rebuilt(bus, kafka=kafka_of(bus.written, **steps))

    for number, router in bus.routers.items():
        check_same(states[number], router.state)
    assert max(taken.values()) == EVENTS + 1
    assert {place.topic for place in taken} == {topics.outbox("civil", "education")}


def nobodys(bus: Bus, number: int, at: int | None = None) -> None:
    """Whoever holds Kafka writes bytes in the middle, or at the end."""
    rows = bus.log(number)
    at = len(rows) if at is None else at
    rows.insert(at, Outbound(topics.decisions("civil"), number, b"", b"garbage"))


def chained(bus: Bus, number: int) -> None:
    """Whoever chains well, with evidence that fits, still has not signed."""
    rows, kept = bus.log(number), bus.written[topics.evidence("civil"), number]
    row = orjson.loads(rows[-1].value)
    forged = canonical(row | {"index": row["index"] + 1, "prev": leaf_hash(rows[-1].value)})
    rows.append(Outbound(topics.decisions("civil"), number, b"", forged))
    leaf = leaf_hash(forged).encode()
    kept.append(Outbound(topics.evidence("civil"), number, leaf, kept[-1].value))


def copied(bus: Bus, number: int) -> None:
    """The router's own bytes, written again: what is folded hides nothing."""
    bus.log(number).append(bus.log(number)[4])


def unsigned(*backs: int) -> Callable[[Bus, int], None]:
    """Records without their signatures, as those within a transaction are."""

    def strip(bus: Bus, number: int) -> None:
        for back in backs:
            bus.log(number)[-back] = replace(bus.log(number)[-back], headers=())

    return strip


def without_evidence(bus: Bus, number: int) -> None:
    """Whatever follows it: nothing is folded past it."""
    del bus.written[topics.evidence("civil"), number][2]


def rekeyed(bus: Bus, number: int) -> None:
    """A record's key is nobody's word: who writes another one changes nothing."""
    rows = bus.log(number)
    rows[3] = replace(rows[3], key=b"another")


def names(bus: Bus, number: int, *ats: int) -> tuple[str, ...]:
    """Records of a partition as an operator names them; -1 is the last."""
    numbered = range(len(bus.log(number)))
    return tuple(f"relais.civil.decisions/{number}/{numbered[at]}" for at in ats)


@pytest.mark.parametrize(
    ("meddle", "left_out", "said"),
    [
        (without_evidence, (), "evidence_missing .* got none for index 2"),
        (unsigned(1), (), "tail_unsigned"),
        (partial(nobodys, at=5), (), "record_malformed at {}/5, written 1970-01-01T00:00:00Z"),
        (unsigned(), (-1,), "record_genuine"),  # the last is signed
        (unsigned(4), (-4,), "chain_broken"),  # others follow it
        (unsigned(3, 2), (-3, -2, -1), "record_genuine"),  # an end from within a transaction
    ],
)
async def test_a_log_without_a_record_of_the_routers_refuses_the_start(
    meddle: Meddle, left_out: tuple[int, ...], said: str
) -> None:
    """Whoever took it, or leaves it out: record and place are named; it ends as damaged."""
    bus = played()
    number = bus.longest
    meddle(bus, number)
    place = f"{topics.decisions('civil')}/{number}"

    with pytest.raises(DamagedLogError, match=f"^{said.format(place)}") as raised:
        await rebuilt(bus, names(bus, number, *left_out))

    assert exit_code(raised.value) == LOG_DAMAGED


@pytest.mark.parametrize(
    ("meddle", "left_out"),
    [
        (partial(nobodys, at=5), (5,)),
        (nobodys, (-1,)),
        (chained, (-1,)),
        (copied, (-1,)),
        (rekeyed, ()),
    ],
)
async def test_what_is_not_the_routers_is_left_out_by_name(
    meddle: Meddle, left_out: tuple[int, ...]
) -> None:
    """The state is that of a log without it."""
    bus = played()
    number = bus.longest
    meddle(bus, number)

    states, _ = await rebuilt(bus, names(bus, number, *left_out))

    check_same(states[number], bus.routers[number].state)


def erased(*, is_cleaned: bool) -> World:
    """A log that went on for a while between a case's last event and its erasure."""
    world = two_children()
    for _ in range(6):
        raw(world, "edu-s", "IP", ALERT, case=OTHER)
    order(world, naming(world, CASE))
    raw(world, "edu-s", "IP", ALERT, case=OTHER)
    if is_cleaned:
        compacted(world)
    return world


@pytest.mark.parametrize("is_cleaned", [False, True])
@pytest.mark.parametrize("at", [0, -1])
async def test_a_start_comes_to_the_living_state_and_holds_little(
    at: int, is_cleaned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No record waits for a stub that lies far behind it."""
    monkeypatch.setattr(recorded, "MOST", 2)
    world, most = erased(is_cleaned=is_cleaned), 0
    take = recorded.Waiting.take

    def taking(waiting: recorded.Waiting, batch: list[Inbound], *, is_evidence: bool) -> None:
        nonlocal most
        take(waiting, batch, is_evidence=is_evidence)
        most = max(most, len(waiting.records))

    monkeypatch.setattr(recorded.Waiting, "take", taking)

    async with kafka_of(world.topics, at).reader() as reader:
        states, _ = await rebuild_states(reader, "civil", [0], world.registries["civil"])

    check_same(states[0], world.routers["civil", 0].state)
    assert most <= 3


@pytest.mark.parametrize("is_cleaned", [False, True])
async def test_a_replay_takes_evidence_that_comes_after_its_stub_for_nobodys_no_more(
    is_cleaned: bool,
) -> None:
    """Kafka has it still, and its record was passed by with the stub."""
    world = erased(is_cleaned=is_cleaned)
    log = PlantedLog(world.topics, lambda kafka: kafka_of(kafka.rows, -1).reader())
    audit = RealmAudit(log, "civil", owners())

    part = await audit.read_through(world.clock.now)

    assert (part.clean, part.erased) == (True, 2)


async def test_an_auditor_that_follows_takes_a_stub_for_no_evidence_written_again() -> None:
    """It has decided on what was erased since, and goes on."""
    world = two_children()
    audit = RealmAudit(PlantedLog(world.topics), "civil", owners())
    await audit.start()
    await audit.read_whole()
    order(world, naming(world, CASE))
    raw(world, "edu-s", "IP", ALERT, case=OTHER)

    await audit.read_whole()
    await audit.stop()

    assert not [one for one in audit.findings if one.alarm]
    state = audit.replayers[0].settled()
    assert state is not None
    assert set(state.cases) == {OTHER}
