"""A look-up: which desks take part in a case, told to its reference services alone."""

from __future__ import annotations

import pytest

from contracts.decision.desk_ends import NO_ENDS
from contracts.vocabulary.events.notices import Notice
from contracts.vocabulary.schema import desk_urn
from tests.contracts.convention.amended import looked_up
from tests.flows.acts import CASE, OTHER, ack, notices, raw, same_state
from tests.world import PromptWorld, World

ALERT = ("crip", "assess", "FACTS RISK")
EVALUATE = ("ase", "evaluate", "FACTS IDENTITY")


@pytest.fixture
def world() -> World:
    """A federation whose convention lets reference services look cases up."""
    made = PromptWorld(partitions=1)
    made.adopt(looked_up())
    return made


def look_up(world: World, desk: str, case: str = CASE) -> str:
    """A LOOKUP with the desk's valid keys, past its service."""
    return raw(world, desk, "LOOKUP", case=case, declared={})


def takes_part(world: World, desk: str) -> bool:
    """Whether a desk takes part in the case."""
    case = world.routers["civil", 0].state.cases[CASE]
    return NO_ENDS.takes_part(desk_urn("civil", desk), case)


def test_nobody_makes_himself_a_reference_service_of_another_desks_case(world: World) -> None:
    """With a token not sent to it, it may write, and see nothing; who opened a case follows it."""
    raw(world, "edu-s", "IP", ALERT)
    raw(world, "ase", "SPECREF", ("asso", "joint_evaluation", "FACTS"))
    part = takes_part(world, "ase")

    before = look_up(world, "ase")
    raw(world, "crip", "EVALREQ", EVALUATE)
    after = look_up(world, "ase")
    raw(world, "crip", "EVALREQ", EVALUATE, case=OTHER)
    opened = look_up(world, "crip", OTHER)  # from a call of 119: nobody sent it anything of it

    assert part
    assert world.decision_on(before)["reasons"] == ["not_reference"]
    assert not world.decision_on(after)["refused"]
    assert [one["event"]["jti"] for one in notices(world, "crip", "accesses")] == [opened]
    same_state(world)


def test_no_agency_makes_its_desk_a_reference_service_by_another_of_its_desks(world: World) -> None:
    """A case that never came to it, by a token it has learnt: nothing opens it."""
    raw(world, "edu-s", "SIG", ("parq-civ", "protect_now", "FACTS"))
    raw(world, "crip", "EVALREQ", EVALUATE)
    raw(world, "pmi", "IP", ALERT)
    ack(world, "asso", "ase", raw(world, "ase", "SPECREF", ("asso", "joint_evaluation", "FACTS")))

    tried = [look_up(world, desk) for desk in ("ase", "crip")]

    assert takes_part(world, "ase")
    assert takes_part(world, "crip")
    assert [world.decision_on(event)["reasons"] for event in tried] == [["not_reference"]] * 2
    assert [notices(world, desk, "accesses") for desk in ("ase", "crip")] == [[], []]
    raw(world, "edu-s", "IP", ALERT)
    assert not world.decision_on(look_up(world, "ase"))["refused"]
    same_state(world)


def test_nothing_is_looked_up_before_a_convention_has_the_table_and_old_cases_after() -> None:
    """A federation that takes the table into its next version."""
    world = PromptWorld(partitions=1)
    raw(world, "edu-s", "IP", ALERT)
    before = look_up(world, "crip")
    world.adopt(looked_up())

    look_up(world, "crip")

    (told,) = notices(world, "crip", "accesses")
    assert world.decision_on(before)["reasons"] == ["not_for_outbox"]
    assert told["participants"] == [desk_urn("civil", one) for one in ("crip", "edu-s")]
    assert told.keys() - Notice.model_fields.keys() == {"participants"}  # no event, no instant
    same_state(world)
