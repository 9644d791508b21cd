"""What a running service reads on: its own outboxes, which others may write; inboxes ahead of it.

A router signs with a key begun this second, and an agency is a second behind.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast
from unittest.mock import Mock

import pytest

from contracts.decision.state.shelves import LostRowError
from contracts.log.orders.adopted_directories import AdoptedDirectories
from contracts.vocabulary import topics
from services.agency.loops import own_outbox
from services.agency.loops.incoming import Incoming
from services.agency.loops.own_outbox import SECOND_WRITER, OwnOutboxes
from services.agency.office.office import Office
from services.platform.kafka.bus import Bus
from services.platform.process.progress import ServiceHealth
from tests.flows.directories import REALM, Keeper
from tests.flows.test_key_rotation import hold, posted
from tests.patience import eventually
from tests.samples import concern
from tests.services.agency.bench import Bench
from tests.simulation.planted_log import PlantedKafka
from tests.world import World


async def test_a_second_writer_is_followed_and_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cover is the last of the desk's chain, an own event, a warning; read only once."""
    world = World()
    office = Office(world.offices["education"].agency)
    outboxes, health = await begun(world, office), ServiceHealth()
    kafka = PlantedKafka(world.topics)
    monkeypatch.setattr(own_outbox, "LOOK_S", 0.01)
    other = world.post("edu-s", concern())

    following = asyncio.create_task(outboxes.follow(cast("Bus", kafka), world.clock, health))
    await eventually(lambda: bool(health.warnings))
    await asyncio.sleep(0.1)  # it looks some times more
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)

    assert health.warnings == {SECOND_WRITER}
    assert office.outbox.chain == world.offices["education"].outbox.chain
    assert list(office.view("edu-s").own) == list(other.events)
    assert kafka.handed == 1


async def begun(world: World, office: Office) -> OwnOutboxes:
    """The outboxes of a service that has read them."""
    outboxes = OwnOutboxes(office)
    async with PlantedKafka(world.topics).reader() as reader:
        await outboxes.read(reader, world.clock.now())
    return outboxes


async def writers(outboxes: OwnOutboxes, world: World) -> list[tuple[str, str]]:
    """Who else has written there since."""
    async with PlantedKafka(world.topics).reader() as reader:
        return await outboxes.look(reader, world.clock.now())


async def test_a_desk_that_the_service_does_not_serve_is_no_second_writer() -> None:
    """It keeps its keys and writes beside the service, as agreed: nobody is alarmed."""
    world = World()
    agency = world.offices["education"].agency
    others = tuple(desk for desk in agency.desks if desk != "edu-s")
    outboxes = await begun(world, Office(replace(agency, desks=others)))
    for desk in ("edu-s", "edu-h-1"):
        world.post(desk, concern())

    assert await writers(outboxes, world) == [("civil", "edu-h-1")]


async def test_a_desk_of_another_agency_is_a_second_writer() -> None:
    """Routing refuses it in another's outbox, and tells nobody that others may write here."""
    world = World()
    outboxes = await begun(world, Office(world.offices["child_welfare"].agency))
    world.post("edu-s", concern())
    own, others = (topics.outbox("civil", name) for name in ("education", "child_welfare"))
    for number in range(world.partitions):
        rows = world.topics.get((own, number), [])
        world.topics[others, number] = [replace(row, topic=others) for row in rows]

    assert await writers(outboxes, world) == [("civil", "edu-s")]


async def test_a_second_writer_is_told_though_its_cover_cannot_be_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fault of ours that a cover brings about does not hide who has written it."""
    world = World()
    office = Office(world.offices["education"].agency, counted := Mock())
    outboxes = await begun(world, office)
    world.post("edu-s", concern())
    monkeypatch.setattr(office.fold, "published", Mock(side_effect=ValueError))

    assert await writers(outboxes, world) == [("civil", "edu-s")]
    counted.assert_called_once()


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
