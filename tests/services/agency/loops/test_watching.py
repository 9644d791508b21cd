"""What an agency counts of duties and gaps, by realm and role, never by desk; new desks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection

import pytest

from contracts.vocabulary.schema import desk_urn
from services.agency.loops.watching import count, following
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from tests.flows.acts import ack
from tests.flows.passing_on import pass_on, place
from tests.services.agency.bench import Clock
from tests.services.agency.http.test_http import concern
from tests.world import World

DAY = 86_400
HOUR = 3_600


@pytest.fixture
def world() -> World:
    """A federation in memory in which a school has told the CRIP of a concern."""
    found = World()
    found.post("edu-s", concern())
    found.settle()
    return found


def page(world: World, agency: str, at: int) -> str:
    """What an agency's `/metrics` says of duties and gaps at an instant."""
    metrics = Metrics(agency)
    count(world.offices[agency], at, metrics)
    return metrics.page().decode()


def test_duties_are_counted_for_their_debtor_and_late_ones_apart(world: World) -> None:
    """The CRIP owes two answers; a year later both are late; the school owes none."""
    now = page(world, "child_welfare", world.clock.now())
    later = page(world, "child_welfare", world.clock.now() + 365 * DAY)
    school = page(world, "education", world.clock.now())

    assert 'relais_duties_open{realm="civil",role="CRIP"} 2.0' in now
    assert 'relais_duties_overdue{realm="civil",role="CRIP"} 0.0' in now
    assert 'relais_duties_overdue{realm="civil",role="CRIP"} 2.0' in later
    assert 'relais_duties_open{realm="civil",role="EDU-S"} 0.0' in school
    assert "crip" not in now


def homes(world: World) -> tuple[int, int]:
    """What homes owe by their institution's count, and what of it is late."""
    text = page(world, "child_welfare", world.clock.now())
    found = (
        re.search(rf'relais_duties_{of}{{realm="civil",role="HOME"}} (\d+)', text)
        for of in ("open", "overdue")
    )
    opened, late = (int(one[1]) if one else -1 for one in found)
    return opened, late


def test_what_a_desk_that_was_merged_owes_is_counted_once() -> None:
    """With its heir, which is told that it is late; and no more once the heir has done it."""
    world = World()
    event = place(world)
    before = homes(world)
    pass_on(world, "home-1", "home-2")
    world.offices["child_welfare"].succeed(world.clock.now())
    world.clock.advance(2 * HOUR)
    world.settle()
    late = homes(world)
    ack(world, "home-2", "parq-civ", event)
    world.settle()

    assert (late, homes(world)) == ((before[0], 1), (before[0] - 1, 0))


AGENCY = "child_welfare"


async def watched(served: Collection[str], limit_s: float) -> None:
    """Follow control for as long, at most."""
    world, health = World(), ServiceHealth()
    health.expect("control", 10)
    office = world.offices[AGENCY]
    inboxes = office.agency.inboxes(world.clock.now())
    own = office.agency.signers.keys() | set(served)
    async with asyncio.timeout(limit_s):
        await following({}, office, inboxes, lambda: own, Clock(world), health)


async def test_a_service_starts_anew_for_a_desk_whose_keys_lay_there_first() -> None:
    """Its keys first, then the order: nobody has to start the service at one instant."""
    with pytest.raises(UnreachableError, match="inputs_changed"):
        await watched([desk_urn("civil", "crip-2")], 60)


async def test_it_stays_for_a_desk_that_keeps_its_keys_itself() -> None:
    """Which is listed, and none of this service's."""
    with pytest.raises(TimeoutError):
        await watched([], 0.1)
