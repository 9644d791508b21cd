"""Two homes are two desks of one role: neither ever sees the other's children."""

from __future__ import annotations

import pytest

from tests.flows.acts import CASE, OTHER, decided, raw
from tests.flows.desk_ends import place
from tests.world import World


def both() -> World:
    """One child in each home."""
    world = World()
    place(world, "home-1", CASE)
    place(world, "home-2", OTHER)
    return world


def test_each_home_gets_its_own_childs_order_alone() -> None:
    """One delivery each, of one case each."""
    world = both()

    assert [one.case for one in world.inbox("home-1")] == [CASE]
    assert [one.case for one in world.inbox("home-2")] == [OTHER]


@pytest.mark.parametrize(("home", "case"), [("home-2", CASE), ("home-1", OTHER)])
def test_a_home_is_not_invited_to_the_others_child(home: str, case: str) -> None:
    """Being a home is not enough: the desk must be assigned to this case."""
    world = both()
    raw(world, "parq-civ", "MEASURE", ("ase", "execute_opp", "IDENTITY"), case=case)

    event = raw(
        world, "ase", "COORD", ("home-1", "invite", "CODE.meeting"),
        ("home-2", "invite", "CODE.meeting"), case=case,
    )  # fmt: skip

    assert decided(world, event, home)["reasons"] == ["not_assigned"]
    assert [one.case for one in world.inbox(home)] != [case]


def test_two_schools_of_one_authority_are_two_desks() -> None:
    """The token that one school's head makes of a reference is not the other's."""
    world = World()
    record = {
        "kind": "information_preoccupante",
        "reference": "the same number",
        "pupil": {"first_name": "Lou"},
        "observations": [{"seen": "un fait"}],
        "told": {"parents": "told", "minor": "told"},
    }

    one, other = world.post("edu-h-1", record), world.post("edu-h-2", record)

    assert one.case != other.case
