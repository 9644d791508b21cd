"""What an agency counts of duties and gaps, by realm and role, never by desk; new desks."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from contracts.vocabulary.schema import desk_urn
from services.agency.loops.watching import count, following
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from tests.services.agency.http.test_http import concern
from tests.world import World

DAY = 86_400
AGENCY = "child_welfare"


def page(world: World, agency: str, at: int) -> str:
    """What an agency's `/metrics` says of duties and gaps at an instant."""
    metrics = Metrics(agency)
    count(world.offices[agency], at, metrics)
    return metrics.page().decode()


def test_duties_are_counted_for_their_debtor_and_late_ones_apart() -> None:
    """The CRIP owes two answers; a year later both are late; the school owes none."""
    world = World()
    world.post("edu-s", concern())
    world.settle()
    now = page(world, AGENCY, world.clock.now())
    later = page(world, AGENCY, world.clock.now() + 365 * DAY)
    school = page(world, "education", world.clock.now())

    assert 'relais_duties_open{realm="civil",role="CRIP"} 2.0' in now
    assert 'relais_duties_overdue{realm="civil",role="CRIP"} 0.0' in now
    assert 'relais_duties_overdue{realm="civil",role="CRIP"} 2.0' in later
    assert 'relais_duties_open{realm="civil",role="EDU-S"} 0.0' in school
    assert "crip" not in now


async def watched(served: Collection[str], limit_s: float) -> None:
    """Follow control for as long, at most."""
    world, health = World(), ServiceHealth()
    health.expect("control", 10)
    office = world.offices[AGENCY]
    inboxes = office.agency.inboxes(world.clock.now())
    own = office.agency.signers.keys() | set(served)
    async with asyncio.timeout(limit_s):
        await following({}, office, inboxes, lambda: own, world.clock, health)


async def test_a_service_starts_anew_for_a_desk_whose_keys_lay_there_first() -> None:
    """Its keys first, then the order: nobody has to start the service at one instant."""
    with pytest.raises(UnreachableError, match="inputs_changed"):
        await watched([desk_urn("civil", "crip-2")], 60)


async def test_it_stays_for_a_desk_that_keeps_its_keys_itself() -> None:
    """Which is listed, and none of this service's."""
    with pytest.raises(TimeoutError):
        await watched([], 0.1)
