"""Whose access to a case: who looks it up, is told of a first one, or answers."""

from __future__ import annotations

from typing import Any

from contracts.decision.events import access
from contracts.decision.heirs import NO_HEIRS
from contracts.vocabulary.schema import desk_urn
from tests.contracts.convention.amended import looked_up
from tests.contracts.convention.parties import adoption
from tests.flows.acts import CASE, OTHER, decided, draft, duty, notices, owed, raw, ref, same_state
from tests.world import World

ALERT = ("crip", "assess", "FACTS RISK")
EVALUATE = ("ase", "evaluate", "FACTS IDENTITY")
ASKED = ("edu-s", "contribute", "CODE.questions")


def world() -> World:
    """A federation whose convention lets reference services look accesses up."""
    made = World(partitions=1)
    made.order("civil", "adopt_convention", adoption(looked_up()))
    made.settle()
    return made


def look_up(made: World, desk: str, case: str = CASE, **more: Any) -> str:
    """A LOOKUP with the desk's valid keys, past its service."""
    return raw(made, desk, "LOOKUP", case=case, declared={}, **more)


def ask(made: World, desk: str, whom: str, event: str, issuer: str, case: str = CASE) -> str:
    """An ASK with the desk's valid keys, past its service."""
    to = (whom, "justify", "")
    return raw(made, desk, "ASK", to, re=[ref(issuer, event)], declared={}, case=case)


def test_the_reference_service_is_told_who_received_what_when_and_by_which_clause() -> None:
    """Every delivery of the case in order, without its content, in a notice of the router."""
    made = world()
    alert = raw(made, "edu-s", "IP", ALERT)
    at = made.clock.now()
    made.clock.advance(60)
    asked = raw(made, "crip", "EVALREQ", EVALUATE)

    event = look_up(made, "crip")

    (told,) = notices(made, "crip", "accesses")
    assert (told["event"]["jti"], told["sub"], told["skip"], told["total"]) == (event, CASE, 0, 2)
    first, second = told["rows"]
    assert first == {
        "at": at, "clause": "R01", "desk": desk_urn("civil", "crip"), "etype": "IP",
        "event": {"iss": desk_urn("civil", "edu-s"), "jti": alert}, "scopes": ["FACTS", "RISK"],
    }  # fmt: skip
    assert (second["event"]["jti"], second["clause"], second["at"]) == (asked, "R13", at + 60)
    assert not made.decision_on(event)["refused"]
    same_state(made)


def test_a_first_access_is_told_once_and_only_where_the_clause_says_so() -> None:
    """The home in which the prosecutor places a child: the CRIP is told; the judge is not."""
    made = world()
    raw(made, "edu-s", "IP", ALERT)
    placed = raw(made, "parq-civ", "MEASURE", ("home-1", "execute_opp", "IDENTITY"), phase="start")
    raw(made, "parq-civ", "MEASURE", ("home-1", "execute_opp", "IDENTITY"), phase="renewal")
    raw(made, "parq-civ", "ST", ("je", "seize_judge", "FACTS"))

    told = notices(made, "crip", "first_access")

    assert [(one["event"]["jti"], one["by"], one["clause"], one["scopes"]) for one in told] == [
        (placed, desk_urn("civil", "home-1"), "R25", ["IDENTITY"])
    ]
    for desk in ("edu-s", "parq-civ", "home-1", "je"):
        assert notices(made, desk, "first_access") == []
    same_state(made)


def test_a_desk_that_is_asked_answers_by_a_motive_and_is_overdue_until_it_does() -> None:
    """The duty is the convention's mechanism: opened, overdue, told to both, closed once."""
    made = world()
    raw(made, "edu-s", "IP", ALERT)
    event = raw(made, "crip", "EVALREQ", EVALUATE)

    asked = ask(made, "crip", "ase", event, "crip")
    opened = duty(made, "ase", "ACK:justified")
    made.clock.advance(15 * 86_400)
    made.settle()
    late = duty(made, "ase", "ACK:justified")
    to = ("crip", "acknowledge", "")
    again = [
        raw(made, "ase", "ACK", to, re=[ref("crip", asked)], declared={}, stage="justified",
        motive=motive)
        for motive in ("own_case", "mistake")
    ]  # fmt: skip

    assert (opened["overdue"], late["overdue"]) == (False, True)
    assert "ase ACK:justified" not in owed(made, "ase")
    (told,) = notices(made, "crip", "acknowledged")
    assert (told["stage"], told["motive"], told["by"]) == (
        "justified", "own_case", desk_urn("civil", "ase"),
    )  # fmt: skip
    assert decided(made, again[1], "crip")["reasons"] == ["stage_repeated"]
    same_state(made)


def test_who_is_no_reference_service_asks_nobody_and_learns_nothing() -> None:
    """Whether the event exists, and whether the desk had it, gets the same answer."""
    made = world()
    alert = raw(made, "edu-s", "IP", ALERT)

    tried = [
        decided(made, ask(made, "edu-s", whom, event, "edu-s", case), whom)
        for whom, event, case in (
            ("crip", alert, CASE), ("ase", alert, CASE),
            ("crip", "01900000-0000-7000-8000-000000000001", OTHER),
        )
    ]  # fmt: skip

    assert {tuple(one["reasons"]) for one in tried} == {("not_reference",)}
    assert owed(made, "ase") == []
    same_state(made)


def test_nobody_makes_himself_a_reference_service_of_another_desks_case() -> None:
    """The child welfare service with a token not sent to it: it may write, and see nothing."""
    made = world()
    raw(made, "edu-s", "IP", ALERT)
    raw(made, "ase", "SPECREF", ("asso", "joint_evaluation", "FACTS"))
    part = NO_HEIRS.takes_part(desk_urn("civil", "ase"), made.routers["civil", 0].state.cases[CASE])

    before = look_up(made, "ase")
    raw(made, "crip", "EVALREQ", EVALUATE)
    after = look_up(made, "ase")

    assert part
    assert made.decision_on(before)["reasons"] == ["not_reference"]
    assert not made.decision_on(after)["refused"]
    assert [one["by"] for one in notices(made, "crip", "first_access")] == [
        desk_urn("civil", "asso")
    ]
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

    assert all(NO_HEIRS.takes_part(desk_urn("civil", desk), case) for desk in ("ase", "crip"))
    assert [made.decision_on(event)["reasons"] for event in tried] == [["not_reference"]] * 2
    assert [notices(made, desk, "first_access") for desk in ("ase", "crip")] == [[], []]
    raw(made, "edu-s", "IP", ALERT)
    assert not made.decision_on(look_up(made, "ase"))["refused"]
    same_state(made)


def test_who_opened_a_case_follows_it() -> None:
    """The CRIP's own case, from a call of 119: nobody sent it anything of it."""
    made = world()
    raw(made, "crip", "EVALREQ", EVALUATE)

    assert not made.decision_on(look_up(made, "crip"))["refused"]


def test_a_case_flooded_by_one_desk_hides_no_access() -> None:
    """Page after page, oldest first: what came before the flood stands where it stood."""
    made = world()
    raw(made, "edu-s", "IP", ALERT)
    sent = [
        made.publish_raw("edu-s", draft("edu-s", "IP", ALERT))[0] for _ in range(access.PAGE + 5)
    ]
    made.settle()

    first, second = look_up(made, "crip"), look_up(made, "crip", skip=access.PAGE)

    told = notices(made, "crip", "accesses")
    assert [one["event"]["jti"] for one in told] == [first, second]
    assert [(len(one["rows"]), one["total"]) for one in told] == [(100, 106), (6, 106)]
    assert told[1]["rows"][-1]["event"]["jti"] == sent[-1]


def test_only_a_desk_that_had_access_can_be_asked() -> None:
    """Of an event that it was never delivered, a desk is not told that there is one."""
    made = world()
    alert = raw(made, "edu-s", "IP", ALERT)

    event = ask(made, "crip", "ase", alert, "edu-s")

    assert decided(made, event, "ase")["reasons"] == ["not_delivered"]
    assert made.inbox("ase") == []


def test_an_ordinary_event_is_not_acknowledged_as_justified_nor_a_question_as_received() -> None:
    """Each has its own answer."""
    made = world()
    alert = raw(made, "edu-s", "IP", ALERT)
    asked = ask(made, "crip", "crip", alert, "edu-s")
    to = ("edu-s", "acknowledge", "")
    refs = [ref("edu-s", alert)]

    wrong = raw(made, "crip", "ACK", to, re=refs, declared={}, stage="justified", motive="mistake")
    other = raw(made, "crip", "ACK", ("crip", "acknowledge", ""), re=[ref("crip", asked)],
                declared={}, stage="received")  # fmt: skip

    assert decided(made, wrong, "edu-s")["reasons"] == ["not_delivered"]
    assert decided(made, other, "crip")["reasons"] == ["not_delivered"]


def test_under_an_older_convention_nothing_is_looked_up() -> None:
    """A federation that has not agreed to it has none of it: the old answer, and the old rows."""
    made = World(partitions=1)
    raw(made, "edu-s", "IP", ALERT)

    event = look_up(made, "crip")

    assert made.decision_on(event)["reasons"] == ["not_for_outbox"]
    assert {past.at for case in made.routers["civil", 0].state.cases.values()
            for past in case.events.values()} == {0}  # fmt: skip
    same_state(made)


def test_what_was_shared_before_the_table_is_shown_by_the_instant_of_its_issue() -> None:
    """A federation that takes the table into its next version looks up its older cases too."""
    made = World(partitions=1)
    (event,) = made.publish_raw("edu-s", draft("edu-s", "IP", ALERT))
    issued = made.clock.now()
    made.clock.advance(90)
    made.settle()
    made.order("civil", "adopt_convention", adoption(looked_up()))
    made.settle()

    look_up(made, "crip")

    (told,) = notices(made, "crip", "accesses")
    assert [(row["event"]["jti"], row["at"]) for row in told["rows"]] == [(event, issued)]
    same_state(made)
