"""A router signs with a key begun this second, and an agency is a second behind."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import Mock

import pytest

from contracts.decision.state.shelves import LostRowError
from contracts.log.orders.adopted_directories import AdoptedDirectories
from contracts.vocabulary import topics
from services.agency.loops.incoming import Incoming
from services.agency.office.office import Office
from tests.flows.directories import REALM, Keeper
from tests.flows.test_key_rotation import hold, posted
from tests.samples import concern
from tests.services.agency.bench import Bench
from tests.simulation.planted_log import PlantedKafka
from tests.world import World

AGENCY = "child_welfare"


@pytest.mark.parametrize("mended", [True, False])
async def test_what_a_key_signed_that_just_began_is_read_once_control_was(mended: bool) -> None:
    """Control is asked once for the batch; what it does not mend stays an error, told once."""
    world = World()
    agency = world.offices[AGENCY].agency
    registries = dict(agency.registries) | {REALM: agency.registries[REALM].copy()}
    office = Office(replace(agency, registries=registries))
    now, keeper = world.clock.now(), Keeper(world)
    hold(world, keeper.follow("", now))
    keeper.steal("", now)
    events = sorted(posted(world, f"child {number}") for number in range(3))
    world.settle()
    asked = []

    async def refresh() -> None:
        asked.append(1)
        if mended:
            registries[REALM] = world.registries[REALM]

    name, inboxes = topics.inbox(REALM, AGENCY), agency.inboxes(now)
    reader = PlantedKafka(world.topics).reader()
    incoming = Incoming(office, world.clock, inboxes, reader, refresh=refresh)
    incoming.begin(dict.fromkeys(incoming.places, 0))
    rows = [row for at in range(6) for row in world.topics[name, at]]
    await incoming.take(rows)

    assert incoming.failure == ""
    arrivals = office.view("crip").arrivals.values()
    read = sorted(each.jti for some in arrivals for each in some if not each.error)
    assert read == (events if mended else [])
    assert asked == [1]
    assert incoming.failed == 0 if mended else incoming.failed >= len(events)


async def test_while_a_directory_cannot_be_read_again_a_retry_is_refused_and_no_arrival_lost(
    school: Bench, council: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 as for any Kafka that is away; what came is not passed over: the next start reads it."""
    first = await school.post("edu-s", concern(), key="k")
    school.world.route_all()
    name = topics.inbox(REALM, AGENCY)
    rows = [row for at in range(6) for row in school.world.topics[name, at]]
    with monkeypatch.context() as away:
        away.setattr(AdoptedDirectories, "_get", Mock(side_effect=LostRowError))
        again = await school.post("edu-s", concern(), key="k")
        await council.incoming.take(rows)
    later = await school.post("edu-s", concern(), key="k")

    assert (again.status_code, again.json()["code"]) == (503, "kafka_unreachable")
    assert later.json()["events"] == first.json()["events"]
    assert (council.incoming.failure, council.incoming.taken) == ("ProblemError", 0)
    assert not council.incoming.taken_to
