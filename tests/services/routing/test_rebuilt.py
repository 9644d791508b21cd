"""A starting shard folds its log as it comes, in whatever order its two topics come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import orjson
import pytest
from aiokafka import TopicPartition

from contracts.decision.state.state import State
from contracts.encoding import canonical, leaf_hash
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import LogError
from contracts.vocabulary import topics
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.process.exit_codes import LOG_DAMAGED, DamagedLogError, exit_code
from services.routing.restart import rebuild_states
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus, inbound

pytestmark = pytest.mark.anyio

Ahead = Callable[[TopicPartition], bool]
EVENTS = 40


def read(topic: str, rows: list[Outbound]) -> list[Inbound]:
    """Rows as a consumer hands them over."""
    return [
        Inbound(topic, row.partition, at, row.key, row.value, tuple(row.headers), 0)
        for at, row in enumerate(rows)
    ]


@dataclass
class Reader:
    """Stands for `LogReader`: hands over so many records of each topic in turn."""

    bus: Bus
    steps: Mapping[str, int]
    asked: list[str] = field(default_factory=list)

    async def read(
        self, starts: Mapping[TopicPartition, int | None], is_ahead: Ahead
    ) -> AsyncGenerator[list[Inbound], None]:
        """Records of one topic at a time; one that is ahead waits while another is not."""
        left = {
            place: read(place.topic, self.bus.written[place.topic, place.partition])[start or 0 :]
            for place, start in starts.items()
        }
        while any(left.values()):
            todo = [place for place, rows in left.items() if rows]
            for place in [one for one in todo if not is_ahead(one)] or todo:
                size = self.steps[place.topic.rpartition(".")[2]]
                batch, left[place] = left[place][:size], left[place][size:]
                self.asked.append(place.topic.rpartition(".")[2])
                yield batch


def played() -> Bus:
    """Events of some cases, an event twice, garbage, and weeks of silence after."""
    bus = Bus()
    events = [inbound(bus, seed=f"event {at}", case=f"case {at % 12}") for at in range(EVENTS)]
    for event in events:
        bus.route(event)
    bus.route(*events[:2])
    bus.tick(kit.NOW + 60 * kit.DAY)
    return bus


async def rebuilt(
    bus: Bus,
    reader: Reader,
    taken: dict[TopicPartition, int] | None = None,
    left_out: tuple[str, ...] = (),
) -> dict[int, State]:
    """The states of all partitions."""
    return await rebuild_states(
        cast("LogReader", reader), bus.name, sorted(bus.routers), bus.registry, taken, left_out
    )


def longest(bus: Bus) -> int:
    """The partition with the most records."""
    return max(bus.routers, key=lambda one: len(bus.log(one)))


@pytest.mark.parametrize(
    "steps",
    [
        {"evidence": 1000, "decisions": 1000}, {"evidence": 1, "decisions": 1000},
        {"evidence": 1000, "decisions": 1}, {"evidence": 3, "decisions": 5},
    ],
)  # fmt: skip
async def test_the_order_in_which_the_topics_come_makes_no_difference(
    steps: dict[str, int],
) -> None:
    """The state, and how far each input was taken, are those of the router at work."""
    bus, taken = played(), dict[TopicPartition, int]()

    states = await rebuilt(bus, Reader(bus, steps), taken)

    for number, router in bus.routers.items():
        assert states[number].tail == router.state.tail
        assert states[number].cases == router.state.cases
        assert (states[number].chain, states[number].seq) == (router.state.chain, router.state.seq)
    assert max(taken.values()) == EVENTS + 1
    assert {place.topic for place in taken} == {topics.outbox("civil", "education")}


async def test_a_record_without_evidence_refuses_the_start() -> None:
    """Whatever follows it: nothing is folded past it, and it is said which one it is."""
    bus = played()
    number = max(bus.routers, key=lambda one: len(bus.log(one)))
    del bus.written[topics.evidence("civil"), number][2]

    with pytest.raises(LogError) as raised:
        await rebuilt(bus, Reader(bus, {"evidence": 3, "decisions": 5}))

    assert (raised.value.code, raised.value.got) == ("evidence_missing", "none for index 2")


async def test_a_log_cut_before_its_signature_refuses_the_start() -> None:
    """Folding on the way trusts nothing before the end: the last record must be signed."""
    bus = played()
    number = max(bus.routers, key=lambda one: len(bus.log(one)))
    bus.log(number)[-1].headers.clear()

    with pytest.raises(LogError) as raised:
        await rebuilt(bus, Reader(bus, {"evidence": 3, "decisions": 5}))

    assert raised.value.code == "tail_unsigned"


async def test_evidence_is_found_by_the_record_and_not_by_its_key() -> None:
    """A record's key is nobody's word: who writes another one changes nothing."""
    bus = played()
    number = max(bus.routers, key=lambda one: len(bus.log(one)))
    rows = bus.log(number)
    rows[3] = Outbound(rows[3].topic, number, b"another", rows[3].value, rows[3].headers)

    states = await rebuilt(bus, Reader(bus, {"evidence": 3, "decisions": 5}))

    assert states[number].cases == bus.routers[number].state.cases


async def test_a_record_of_nobody_is_named_with_place_and_instant() -> None:
    """Whoever holds Kafka appends bytes: the start says where, and ends as a damaged log does."""
    bus = played()
    number = longest(bus)
    bus.log(number).insert(5, Outbound(topics.decisions("civil"), number, b"", b"garbage"))

    with pytest.raises(DamagedLogError) as raised:
        await rebuilt(bus, Reader(bus, {"evidence": 3, "decisions": 5}))

    place = f"relais.civil.decisions/{number}/5, written 1970-01-01T00:00:00Z"
    assert (raised.value.code, raised.value.place) == ("record_malformed", place)
    assert exit_code(raised.value) == LOG_DAMAGED


@pytest.mark.parametrize("at", [5, None])
async def test_a_record_of_nobody_is_left_out_by_name(at: int | None) -> None:
    """In the middle or at the end: the state is that of a log without it."""
    bus = played()
    number = longest(bus)
    rows = bus.log(number)
    at = len(rows) if at is None else at
    rows.insert(at, Outbound(topics.decisions("civil"), number, b"", b"garbage"))

    states = await rebuilt(
        bus,
        Reader(bus, {"evidence": 3, "decisions": 5}),
        left_out=(f"relais.civil.decisions/{number}/{at}",),
    )

    assert states[number].tail == bus.routers[number].state.tail


async def test_a_chained_record_without_signature_is_left_out() -> None:
    """Whoever chains well, with evidence that fits, still has not signed."""
    bus = played()
    number = longest(bus)
    rows, kept = bus.log(number), bus.written[topics.evidence("civil"), number]
    evidence = kept[-1].value
    row = orjson.loads(rows[-1].value)
    forged = canonical(row | {"index": row["index"] + 1, "prev": leaf_hash(rows[-1].value)})
    rows.append(Outbound(topics.decisions("civil"), number, b"", forged))
    kept.append(Outbound(topics.evidence("civil"), number, leaf_hash(forged).encode(), evidence))
    named = f"relais.civil.decisions/{number}/{len(rows) - 1}"

    states = await rebuilt(bus, Reader(bus, {"evidence": 3, "decisions": 5}), left_out=(named,))

    assert states[number].tail == bus.routers[number].state.tail


@pytest.mark.parametrize(("back", "code"), [(1, "record_genuine"), (4, "chain_broken")])
async def test_a_record_of_the_routers_cannot_be_left_out(back: int, code: str) -> None:
    """Not the last one, which is signed, and none before it, which others follow."""
    bus = played()
    number = longest(bus)
    named = f"relais.civil.decisions/{number}/{len(bus.log(number)) - back}"
    if code == "chain_broken":  # as those within a transaction are
        bus.log(number)[-back].headers.clear()

    with pytest.raises(DamagedLogError) as raised:
        await rebuilt(bus, Reader(bus, {"evidence": 3, "decisions": 5}), left_out=(named,))

    assert raised.value.code == code


async def test_the_end_of_a_log_cannot_be_left_out_from_within_a_transaction_on() -> None:
    """Its first record is unsigned and the last follows nothing: it is signed all the same."""
    bus = played()
    number = longest(bus)
    rows = bus.log(number)
    rows[-3].headers.clear()  # as those within a transaction are
    rows[-2].headers.clear()
    named = tuple(f"relais.civil.decisions/{number}/{len(rows) - back}" for back in (3, 2, 1))

    with pytest.raises(DamagedLogError) as raised:
        await rebuilt(bus, Reader(bus, {"evidence": 3, "decisions": 5}), left_out=named)

    assert raised.value.code == "record_genuine"


async def test_a_copy_of_a_signed_record_is_left_out() -> None:
    """Whoever holds Kafka writes the router's own bytes again: what is folded hides nothing."""
    bus = played()
    number = longest(bus)
    rows = bus.log(number)
    rows.append(rows[4])
    named = f"relais.civil.decisions/{number}/{len(rows) - 1}"

    states = await rebuilt(bus, Reader(bus, {"evidence": 3, "decisions": 5}), left_out=(named,))

    assert states[number].tail == bus.routers[number].state.tail
