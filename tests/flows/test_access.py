"""A look-up: which desks take part in a case, told to its reference services alone."""

from __future__ import annotations

from contracts.decision.desk_ends import NO_ENDS
from contracts.vocabulary.events.notices import Notice
from contracts.vocabulary.schema import desk_urn
from tests.contracts.convention.amended import looked_up
from tests.contracts.convention.parties import adoption
from tests.flows.acts import CASE, notices, raw, ref, same_state
from tests.world import World

ALERT = ("crip", "assess", "FACTS RISK")
EVALUATE = ("ase", "evaluate", "FACTS IDENTITY")


def world() -> World:
    """A federation whose convention lets reference services look cases up."""
    made = World(partitions=1)
    made.order("civil", "adopt_convention", adoption(looked_up()))
    made.settle()
    return made


def look_up(made: World, desk: str, case: str = CASE) -> str:
    """A LOOKUP with the desk's valid keys, past its service."""
    return raw(made, desk, "LOOKUP", case=case, declared={})


def desks(*names: str) -> list[str]:
    """Urns on the civil bus."""
    return [desk_urn("civil", name) for name in names]


def test_the_reference_service_is_told_which_desks_take_part_and_nothing_else() -> None:
    """Who wrote and who was delivered something, once each; no event, clause, scope or instant."""
    made = world()
    raw(made, "edu-s", "IP", ALERT)
    raw(made, "crip", "EVALREQ", EVALUATE)
    raw(made, "crip", "EVALREQ", EVALUATE)
    raw(made, "parq-civ", "MEASURE", ("home-1", "execute_opp", "IDENTITY"), phase="start")

    event = look_up(made, "crip")

    (told,) = notices(made, "crip", "accesses")
    assert (told["event"]["jti"], told["sub"]) == (event, CASE)
    assert told["participants"] == desks("ase", "crip", "edu-s", "home-1", "parq-civ")
    assert told.keys() - Notice.model_fields.keys() == {"participants"}
    assert not made.decision_on(event)["refused"]
    assert notices(made, "ase", "accesses") == []
    same_state(made)


def test_a_desk_that_was_refused_everything_takes_no_part() -> None:
    """What no clause lets through tells nobody, and leaves nobody in the case."""
    made = world()
    raw(made, "edu-s", "IP", ALERT)
    raw(made, "edu-s", "IP", ("pol", "assess", "FACTS"))
    raw(made, "asso", "IP", ("pol", "assess", "FACTS"))

    look_up(made, "crip")

    (told,) = notices(made, "crip", "accesses")
    assert told["participants"] == desks("crip", "edu-s")


def test_nobody_makes_himself_a_reference_service_of_another_desks_case() -> None:
    """The child welfare service with a token not sent to it: it may write, and see nothing."""
    made = world()
    raw(made, "edu-s", "IP", ALERT)
    raw(made, "ase", "SPECREF", ("asso", "joint_evaluation", "FACTS"))
    part = NO_ENDS.takes_part(desk_urn("civil", "ase"), made.routers["civil", 0].state.cases[CASE])

    before = look_up(made, "ase")
    raw(made, "crip", "EVALREQ", EVALUATE)
    after = look_up(made, "ase")

    assert part
    assert made.decision_on(before)["reasons"] == ["not_reference"]
    assert not made.decision_on(after)["refused"]
    assert notices(made, "crip", "accesses") == []
    same_state(made)


def test_no_agency_makes_its_desk_a_reference_service_by_another_of_its_desks() -> None:
    """A case that never came to it, by a token it has learnt: nothing opens it."""
    made = world()
    raw(made, "edu-s", "SIG", ("parq-civ", "protect_now", "FACTS"))
    raw(made, "crip", "EVALREQ", EVALUATE)
    raw(made, "pmi", "IP", ALERT)
    spoken = raw(made, "ase", "SPECREF", ("asso", "joint_evaluation", "FACTS"))
    raw(made, "asso", "ACK", ("ase", "acknowledge", ""), re=[ref("ase", spoken)],
        declared={}, stage="received")  # fmt: skip
    case = made.routers["civil", 0].state.cases[CASE]

    tried = [look_up(made, desk) for desk in ("ase", "crip")]

    assert all(NO_ENDS.takes_part(desk_urn("civil", desk), case) for desk in ("ase", "crip"))
    assert [made.decision_on(event)["reasons"] for event in tried] == [["not_reference"]] * 2
    assert [notices(made, desk, "accesses") for desk in ("ase", "crip")] == [[], []]
    raw(made, "edu-s", "IP", ALERT)
    assert not made.decision_on(look_up(made, "ase"))["refused"]
    same_state(made)


def test_who_opened_a_case_follows_it() -> None:
    """The CRIP's own case, from a call of 119: nobody sent it anything of it."""
    made = world()
    raw(made, "crip", "EVALREQ", EVALUATE)

    assert not made.decision_on(look_up(made, "crip"))["refused"]


def test_under_an_older_convention_nothing_is_looked_up() -> None:
    """A federation that has not agreed to it has none of it."""
    made = World(partitions=1)
    raw(made, "edu-s", "IP", ALERT)

    event = look_up(made, "crip")

    assert made.decision_on(event)["reasons"] == ["not_for_outbox"]
    same_state(made)


def test_a_case_from_before_the_table_is_looked_up_too() -> None:
    """A federation that takes the table into its next version."""
    made = World(partitions=1)
    raw(made, "edu-s", "IP", ALERT)
    made.order("civil", "adopt_convention", adoption(looked_up()))
    made.settle()

    look_up(made, "crip")

    (told,) = notices(made, "crip", "accesses")
    assert told["participants"] == desks("crip", "edu-s")
    same_state(made)
