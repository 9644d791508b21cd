"""What desks owe and what never came, as numbers: by realm and role, never by desk."""

from __future__ import annotations

import re

import pytest

from services.agency.loops.watching import count
from services.agency.office.fold.numbers import Gap
from services.platform.process.metrics import Metrics
from tests.flows.acts import OTHER, ack
from tests.flows.passing_on import THIRD, pass_on, place, three_homes
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


def test_of_a_desk_that_others_follow_elsewhere_what_its_heir_is_told_is_counted_there() -> None:
    """A home that is split reads its own mail: what was late before, of it, and nothing once it has ended."""
    world = three_homes()
    place(world)
    world.clock.advance(2 * HOUR)
    world.settle()
    place(world, case=OTHER)
    until = pass_on(world, "home-1", "home-2", THIRD)
    world.offices["child_welfare"].succeed(world.clock.now())
    at_once = homes(world)
    world.clock.advance(2 * HOUR)
    world.settle()
    later = homes(world)
    world.clock.move_to(until)

    assert (at_once, later) == ((1, 1), (2, 2))
    assert homes(world) == (1, 1)


def test_when_an_institution_wrote_last_is_told_of_it_as_a_whole(world: World) -> None:
    """The school's event, not its desk; of who has sent nothing there is no figure that would age."""
    at = world.clock.now()

    school, prosecutor = (page(world, agency, at + DAY) for agency in ("education", "justice"))

    (line,) = (line for line in school.splitlines() if line.startswith("relais_sent_"))
    assert line.startswith('relais_sent_timestamp_seconds{agency="education"} ')
    assert abs(float(line.split()[-1]) - at) < DAY
    assert "edu-s" not in school
    assert "relais_sent_timestamp_seconds{" not in prosecutor


def test_numbers_that_never_came_are_counted(world: World) -> None:
    """Three of one desk, two of another of the same role: five of the role."""
    folds = world.offices["child_welfare"].fold.desks
    folds["home-1"].gaps.append(Gap("civil", 0, 2, 4))
    folds["home-2"].gaps.append(Gap("civil", 3, 7, 8))

    text = page(world, "child_welfare", world.clock.now())

    assert 'relais_sequence_gaps{realm="civil",role="HOME"} 5.0' in text
    assert 'relais_sequence_gaps{realm="civil",role="CRIP"} 0.0' in text
