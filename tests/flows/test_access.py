"""A look-up: which desks take part in a case, told to its reference services alone."""

from __future__ import annotations

from contracts.decision.desk_ends import NO_ENDS
from contracts.vocabulary.events.notices import Notice
from contracts.vocabulary.schema import desk_urn
from tests.contracts.convention.amended import looked_up
from tests.flows.acts import CASE, OTHER, PromptWorld, ack, notices, raw, same_state
from tests.world import World

ALERT = ("crip", "assess", "FACTS RISK")
EVALUATE = ("ase", "evaluate", "FACTS IDENTITY")


def world() -> World:
    """A federation whose convention lets reference services look cases up."""
    made = PromptWorld(partitions=1)
    made.adopt(looked_up())
    return made


def look_up(made: World, desk: str, case: str = CASE) -> str:
    """A LOOKUP with the desk's valid keys, past its service."""
    return raw(made, desk, "LOOKUP", case=case, declared={})


def desks(*names: str) -> list[str]:
    """Urns on the civil bus."""
    return [desk_urn("civil", name) for name in names]


def takes_part(made: World, desk: str) -> bool:
    """Whether a desk takes part in the case."""
    case = made.routers["civil", 0].state.cases[CASE]
    return NO_ENDS.takes_part(desk_urn("civil", desk), case)


def test_nobody_makes_himself_a_reference_service_of_another_desks_case() -> None:
    """With a token not sent to it, it may write, and see nothing; who opened a case follows it."""
    made = world()
    raw(made, "edu-s", "IP", ALERT)
    raw(made, "ase", "SPECREF", ("asso", "joint_evaluation", "FACTS"))
    part = takes_part(made, "ase")

    before = look_up(made, "ase")
    raw(made, "crip", "EVALREQ", EVALUATE)
    after = look_up(made, "ase")
    raw(made, "crip", "EVALREQ", EVALUATE, case=OTHER)
    opened = look_up(made, "crip", OTHER)  # from a call of 119: nobody sent it anything of it

    assert part
    assert made.decision_on(before)["reasons"] == ["not_reference"]
    assert not made.decision_on(after)["refused"]
    assert [one["event"]["jti"] for one in notices(made, "crip", "accesses")] == [opened]
    same_state(made)


def test_no_agency_makes_its_desk_a_reference_service_by_another_of_its_desks() -> None:
    """A case that never came to it, by a token it has learnt: nothing opens it."""
    made = world()
    raw(made, "edu-s", "SIG", ("parq-civ", "protect_now", "FACTS"))
    raw(made, "crip", "EVALREQ", EVALUATE)
    raw(made, "pmi", "IP", ALERT)
    ack(made, "asso", "ase", raw(made, "ase", "SPECREF", ("asso", "joint_evaluation", "FACTS")))

    tried = [look_up(made, desk) for desk in ("ase", "crip")]

    assert takes_part(made, "ase")
    assert takes_part(made, "crip")
    assert [made.decision_on(event)["reasons"] for event in tried] == [["not_reference"]] * 2
    assert [notices(made, desk, "accesses") for desk in ("ase", "crip")] == [[], []]
    raw(made, "edu-s", "IP", ALERT)
    assert not made.decision_on(look_up(made, "ase"))["refused"]
    same_state(made)


def test_nothing_is_looked_up_before_a_convention_has_the_table_and_old_cases_after() -> None:
    """A federation that takes the table into its next version."""
    made = PromptWorld(partitions=1)
    raw(made, "edu-s", "IP", ALERT)
    before = look_up(made, "crip")
    made.adopt(looked_up())

    look_up(made, "crip")

    (told,) = notices(made, "crip", "accesses")
    assert made.decision_on(before)["reasons"] == ["not_for_outbox"]
    assert told["participants"] == desks("crip", "edu-s")
    assert told.keys() - Notice.model_fields.keys() == {"participants"}  # no event, no instant
    same_state(made)
