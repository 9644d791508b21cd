"""A router signs with a key begun this second, and an agency is a second behind."""

from __future__ import annotations

from dataclasses import replace

from contracts.vocabulary import topics
from services.agency.loops.incoming import Incoming
from services.agency.office.office import Office
from services.platform.kafka.reading.log_reader import inbound
from tests.flows.key_succession import REALM, Keeper
from tests.flows.test_key_rotation import posted
from tests.flows.test_router_key_rotation import hold
from tests.services.agency.bench import Clock, record_of
from tests.world import World

AGENCY = "child_welfare"


class Behind:
    """The CRIP's service, which has read control before the router's stolen key was replaced."""

    def __init__(self) -> None:
        self.world = world = World()
        agency = world.offices[AGENCY].agency
        self.registries = dict(agency.registries) | {REALM: agency.registries[REALM].copy()}
        self.office = Office(replace(agency, registries=self.registries))
        now, keeper = world.clock.now(), Keeper(world)
        hold(world, keeper.follow("", now))
        keeper.steal("", now)
        self.events = sorted(posted(world, f"child {number}") for number in range(3))
        world.settle()
        self.asked = 0

    async def refresh(self) -> None:
        """Read control."""
        self.asked += 1
        self.registries[REALM] = self.world.registries[REALM]

    async def told(self, incoming: Incoming) -> list[str]:
        """The events that are there to be read, once the inbox was taken in one batch."""
        name = topics.inbox(REALM, AGENCY)
        rows = [row for at in range(6) for row in self.world.topics[name, at]]
        incoming.begin(dict.fromkeys(incoming.places, 0))
        await incoming.take([inbound(record_of(row)) for row in rows])
        assert incoming.failure == ""
        arrivals = self.office.view("crip").arrivals.values()
        return sorted(each.jti for some in arrivals for each in some if not each.error)


async def test_what_a_key_signed_that_just_began_is_read_once_control_was() -> None:
    """Control is asked once for the batch, and nothing of it stands as an error."""
    behind = Behind()
    inboxes = {topics.inbox(REALM, AGENCY): (REALM, frozenset(behind.office.agency.desks))}
    incoming = Incoming(behind.office, Clock(behind.world), inboxes, refresh=behind.refresh)

    assert await behind.told(incoming) == behind.events
    assert (incoming.failed, behind.asked) == (0, 1)


async def test_what_control_does_not_mend_stays_refused() -> None:
    """As an error that the desk is shown, once."""
    behind = Behind()
    inboxes = {topics.inbox(REALM, AGENCY): (REALM, frozenset(behind.office.agency.desks))}
    incoming = Incoming(behind.office, Clock(behind.world), inboxes)

    assert await behind.told(incoming) == []
    assert incoming.failed >= len(behind.events)
