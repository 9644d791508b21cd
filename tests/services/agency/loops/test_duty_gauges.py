"""What desks owe and what never came, as numbers: by realm and role, never by desk."""

from __future__ import annotations

import re

import pytest

from services.agency.loops.watching import count
from services.platform.process.metrics import Metrics
from tests.flows.acts import ack
from tests.flows.passing_on import pass_on, place
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
