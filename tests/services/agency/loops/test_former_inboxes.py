"""What lies in the inbox that a desk once had for itself is read first, and stays readable."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

import pytest
from aiokafka import TopicPartition

from contracts.encoding import b64u, canonical, derive, mac
from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from services.agency.loops.inbox_reader import InboxReader
from services.agency.loops.incoming import Incoming
from services.agency.office.inbox import cursor
from services.agency.office.office import Office
from services.agency.office.sending.identity import Inboxes
from services.platform.kafka.reading.log_reader import LogReader, inbound
from tests.contracts.envelope import kit
from tests.samples import sample
from tests.services.agency.bench import Clock, record_of, route_only
from tests.world import World

pytestmark = pytest.mark.anyio

OWN, FORMER = topics.inbox("civil", "child_welfare"), topics.former_inbox("civil", "crip")
INBOXES: Inboxes = {OWN: ("civil", frozenset(("crip", "ase")))}


@dataclass
class Kafka:
    """Topics in memory, as a `LogReader` reads them."""

    rows: dict[TopicPartition, list[Inbound]]

    async def begins(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Nothing has gone yet."""
        return dict.fromkeys(places, 0)

    async def ends(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Where each ends."""
        return {place: len(self.rows.get(place, ())) for place in places}

    async def span(
        self, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> AsyncIterator[list[Inbound]]:
        """Records of a range."""
        for place, start in starts.items():
            yield self.rows.get(place, [])[start : ends[place]]

    async def pick(
        self, wanted: Mapping[TopicPartition, Iterable[int]]
    ) -> dict[tuple[TopicPartition, int], Inbound]:
        """Single records."""
        return {(at, n): self.rows[at][n] for at, offsets in wanted.items() for n in offsets}


def _kafka(world: World, moved: int) -> Kafka:
    """The first `moved` records for the CRIP in its former inbox, all that follows in its agency's."""
    rows: dict[TopicPartition, list[Inbound]] = {}
    for (name, number), every in world.topics.items():
        if name != OWN:
            continue
        crips = [id(row) for row in kit.addressed(every, "crip")][:moved]
        for row in every:
            topic = FORMER if id(row) in crips else OWN
            there = rows.setdefault(TopicPartition(topic, number), [])
            there.append(replace(row, topic=topic, offset=len(there)))
    return Kafka(rows)


async def _started(world: World, kafka: Kafka) -> tuple[Incoming, InboxReader]:
    """The agency's service, started anew over these topics."""
    former = {FORMER: ("civil", "crip")}
    office = Office(world.offices["child_welfare"].agency)
    incoming, reader = Incoming(office, Clock(world), INBOXES, former), cast("LogReader", kafka)
    await incoming.read_former(reader)
    incoming.begin(await kafka.begins(incoming.places))
    own = [row for place, rows in kafka.rows.items() if place.topic == OWN for row in rows]
    await incoming.take([inbound(record_of(row)) for row in own])
    return incoming, InboxReader(reader, INBOXES, former)


def _sent(*references: str) -> World:
    """A world in which a school has sent these, all of one case: one partition."""
    world = World()
    for reference in references:
        record = sample("education", "information_preoccupante", reference=reference)
        assert world.post("edu-s", record).status == 202
        route_only(world)
    return world


async def test_both_inboxes_are_one_in_order_and_without_a_hole() -> None:
    """What came before is opened as ever, numbers go on, and a cursor passes from the one to the other."""
    world = _sent("a", "a", "a")
    incoming, reader = await _started(world, _kafka(world, 2))

    items, after, more = await incoming.page(reader, "crip", {}, 0, 2)
    rest, end, _ = await incoming.page(reader, "crip", after, 0)
    nothing, _, _ = await incoming.page(reader, "crip", end, 0)

    assert (len(items), more, len(rest), nothing) == (2, True, 1, [])
    assert all(one.parts for one in (*items, *rest))
    assert incoming.office.view("crip").gaps == []
    assert incoming.failed == 0


async def test_a_cursor_from_then_goes_on_where_it_was() -> None:
    """It counted the desk's own inbox: nothing is told twice, and nothing of the agency's is skipped."""
    world = _sent("a", "a", "a")
    kafka = _kafka(world, 2)
    incoming, reader = await _started(world, kafka)
    number = next(place.partition for place in kafka.rows if place.topic == FORMER)
    secret = incoming.office.agency.secret
    text = b64u(canonical({"civil": {str(number): 1}}))
    tag = b64u(mac(derive(secret, "inbox-cursor"), "crip", text)[:16])

    every, _, _ = await incoming.page(reader, "crip", {}, 0)
    items, _, _ = await incoming.page(
        reader, "crip", cursor.read(secret, "crip", f"{text}.{tag}"), 0
    )

    assert [one.event for one in items] == [one.event for one in every[1:]]
    assert len(every) == 3


async def test_what_names_a_desk_of_nobodys_is_passed_over() -> None:
    """One that has left, or another agency's: no arrival, no failure, and no other desk's numbers move."""
    world = _sent("a")
    kafka = _kafka(world, 0)
    left = frozenset(("ase",))  # the CRIP has left
    office = Office(world.offices["child_welfare"].agency)
    incoming = Incoming(office, Clock(world), {OWN: ("civil", left)})
    incoming.begin(await kafka.begins(incoming.places))
    rows = [row for place, rows in kafka.rows.items() if place.topic == OWN for row in rows]

    await incoming.take([inbound(record_of(row)) for row in rows])

    assert (incoming.taken > 0, incoming.failed, incoming.unreadable) == (True, 0, 0)
    assert office.view("crip").arrivals == office.view("ase").arrivals == {}


async def test_a_hole_between_both_is_told() -> None:
    """Were the last record of the former inbox withheld, the numbers say so."""
    world = _sent("a", "a", "a")
    kafka = _kafka(world, 2)
    next(rows for place, rows in kafka.rows.items() if place.topic == FORMER).pop()

    incoming, _ = await _started(world, kafka)

    assert len(incoming.office.view("crip").gaps) == 1
