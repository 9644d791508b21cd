"""What an inbox shows an agency: messages for its own desks alone."""

from __future__ import annotations

import pytest

from contracts.vocabulary import topics
from services.agency.loops.incoming import Incoming
from services.agency.office.office import Office
from services.platform.kafka.reading.log_reader import inbound
from tests.samples import sample
from tests.services.agency.bench import Clock, record_of, route_only
from tests.world import World

pytestmark = pytest.mark.anyio

INBOX = topics.inbox("civil", "child_welfare")


async def test_what_names_a_desk_of_nobodys_is_passed_over() -> None:
    """One that has left, or another agency's: no arrival, no failure, and no other desk's numbers move."""
    world = World()
    assert world.post("edu-s", sample("education", "information_preoccupante")).status == 202
    route_only(world)
    left = frozenset(("ase",))  # the CRIP has left
    office = Office(world.offices["child_welfare"].agency)
    incoming = Incoming(office, Clock(world), {INBOX: ("civil", left)})
    incoming.begin(dict.fromkeys(incoming.places, 0))
    rows = [row for (name, _), every in world.topics.items() if name == INBOX for row in every]

    await incoming.take([inbound(record_of(row)) for row in rows])

    assert (incoming.taken > 0, incoming.failed, incoming.unreadable) == (True, 0, 0)
    assert office.view("crip").arrivals == office.view("ase").arrivals == {}
