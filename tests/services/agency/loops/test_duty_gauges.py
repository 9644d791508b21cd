"""What desks owe and what never came, as numbers: by realm and role, never by desk."""

from __future__ import annotations

import pytest

from services.agency.loops.duty_gauges import count
from services.agency.office.numbers import Gap
from services.platform.process.metrics import Metrics
from tests.services.agency.http.test_http import concern
from tests.world import World

DAY = 86_400


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
