"""A starting shard folds its log as it comes, in whatever order its two topics come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast

import orjson
import pytest
from aiokafka import TopicPartition

from contracts.decision.state.state import State
from contracts.encoding import canonical, leaf_hash
from contracts.envelope.wire import Inbound, Outbound
from contracts.vocabulary import topics
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.process.exit_codes import LOG_DAMAGED, DamagedLogError, exit_code
from services.routing.restart import rebuild_states
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus, inbound

pytestmark = pytest.mark.anyio

Ahead = Callable[[TopicPartition], bool]
Meddle = Callable[[Bus, int], None]
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


STEPS = {"evidence": 3, "decisions": 5}


@pytest.mark.parametrize(
    "steps", [{"evidence": 1, "decisions": 1000}, {"evidence": 1000, "decisions": 1}, STEPS]
)
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
            bus.log(number)[-back].headers.clear()

    return strip


def without_evidence(bus: Bus, number: int) -> None:
    """Whatever follows it: nothing is folded past it."""
    del bus.written[topics.evidence("civil"), number][2]


def rekeyed(bus: Bus, number: int) -> None:
    """A record's key is nobody's word: who writes another one changes nothing."""
    rows = bus.log(number)
    rows[3] = replace(rows[3], key=b"another")


@pytest.mark.parametrize(
    ("meddle", "code", "got"),
    [
        (without_evidence, "evidence_missing", "none for index 2"),
        (unsigned(1), "tail_unsigned", ""),
        (partial(nobodys, at=5), "record_malformed", ""),
    ],
)
async def test_a_log_that_is_not_whole_refuses_the_start(
    meddle: Meddle, code: str, got: str
) -> None:
    """It says which record it is and where it stands, and ends as a damaged log does."""
    bus = played()
    number = longest(bus)
    meddle(bus, number)

    with pytest.raises(DamagedLogError) as raised:
        await rebuilt(bus, Reader(bus, STEPS))

    assert (raised.value.code, got in raised.value.got) == (code, True)
    assert exit_code(raised.value) == LOG_DAMAGED
    if code == "record_malformed":
        place = f"relais.civil.decisions/{number}/5, written 1970-01-01T00:00:00Z"
        assert raised.value.place == place


@pytest.mark.parametrize(
    ("meddle", "at"),
    [(partial(nobodys, at=5), 5), (nobodys, -1), (chained, -1), (copied, -1), (rekeyed, None)],
)
async def test_what_is_not_the_routers_is_left_out_by_name(meddle: Meddle, at: int | None) -> None:
    """The state is that of a log without it."""
    bus = played()
    number = longest(bus)
    meddle(bus, number)
    named = [range(len(bus.log(number)))[at]] if at is not None else []

    states = await rebuilt(
        bus,
        Reader(bus, STEPS),
        left_out=tuple(f"relais.civil.decisions/{number}/{each}" for each in named),
    )

    assert states[number].tail == bus.routers[number].state.tail
    assert states[number].cases == bus.routers[number].state.cases


@pytest.mark.parametrize(
    ("meddle", "backs", "code"),
    [
        (unsigned(), (1,), "record_genuine"),
        (unsigned(4), (4,), "chain_broken"),
        (unsigned(3, 2), (3, 2, 1), "record_genuine"),
    ],
)
async def test_a_record_of_the_routers_cannot_be_left_out(
    meddle: Meddle, backs: tuple[int, ...], code: str
) -> None:
    """Not the last, which is signed, none that others follow, no end from within a transaction."""
    bus = played()
    number = longest(bus)
    meddle(bus, number)
    named = tuple(f"relais.civil.decisions/{number}/{len(bus.log(number)) - at}" for at in backs)

    with pytest.raises(DamagedLogError) as raised:
        await rebuilt(bus, Reader(bus, STEPS), left_out=named)

    assert raised.value.code == code
