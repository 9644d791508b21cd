"""ENTRUST: a split desk gives each case to one heir, and passes on what it had, once."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.vocabulary.schema import desk_urn
from tests.contracts.log.erasing.kit import naming, order
from tests.flows.acts import CASE, OTHER, ack, decided, notices, raw, ref, same_state
from tests.flows.passing_on import THIRD, pass_on, place, three_homes
from tests.world import World

FIRST, HEIR = desk_urn("civil", "home-2"), desk_urn("civil", THIRD)


def split() -> tuple[World, str]:
    """A home with one child is split in two: its event, and the world."""
    world = three_homes()
    event = place(world)
    pass_on(world, "home-1", "home-2", THIRD)
    return world, event


def entrust(world: World, heir: str, scopes: str = "", desk: str = "home-1", **more: Any) -> str:
    """The case, by whoever; with what was delivered where `re` and scopes say."""
    return raw(world, desk, "ENTRUST", (heir, "entrust", scopes), declared={}, **more)


def test_a_case_that_is_entrusted_is_the_heirs_and_not_the_firsts() -> None:
    """The second home owes the receipt by then, is told, falls overdue alone; not the first."""
    world, event = split()

    entrust(world, THIRD)
    stolen = ack(world, "home-2", "parq-civ", event)
    world.clock.advance(3_600)
    world.settle()

    assert decided(world, stolen, "parq-civ")["reasons"] == ["not_delivered"]
    (closed,) = notices(world, "home-2", "duty_closed")
    assert closed["duty"]["cancelled"] is True
    assert (notices(world, "home-2", "overdue"), notices(world, "home-1", "overdue")) == ([], [])
    (overdue,) = notices(world, THIRD, "overdue")
    assert overdue["duty"]["debtor"] == HEIR
    own = ack(world, THIRD, "parq-civ", event)
    assert decided(world, own, "parq-civ")["verdict"] == "release"
    same_state(world)


def test_who_writes_to_the_old_desk_is_told_the_heir_of_this_very_case() -> None:
    """Before it is entrusted both heirs, the first one first."""
    world, _ = split()
    early = decided(world, place(world), "home-1")["heirs"]
    entrust(world, THIRD)

    late = decided(world, place(world), "home-1")["heirs"]

    assert (early, late) == ([FIRST, HEIR], [HEIR])


def test_an_event_is_passed_on_once_with_no_more_than_it_had() -> None:
    """What the desk was not delivered is withheld; a second time nothing is."""
    world, event = split()
    where: dict[str, Any] = {"re": [ref("parq-civ", event)]}

    passed = entrust(world, THIRD, "IDENTITY FACTS", **where)
    again = entrust(world, THIRD, "IDENTITY", **where)

    outcome = decided(world, passed, THIRD)
    assert outcome["released"] == {"IDENTITY": "R25"}
    assert outcome["withheld"] == [{"scope": "FACTS", "reasons": ["not_in_original"]}]
    assert decided(world, again, THIRD)["reasons"] == ["entrusted"]
    same_state(world)


def test_who_sent_what_is_passed_on_is_told_by_whom_and_to_whom() -> None:
    """At once, of that very event, with what the heir owes; not where nothing is passed on."""
    world, event = split()

    passed = entrust(world, THIRD, "IDENTITY", re=[ref("parq-civ", event)])
    entrust(world, THIRD, "IDENTITY", re=[ref("parq-civ", event)])

    (told,) = notices(world, "parq-civ", "acknowledged")
    assert told["event"] == {"iss": desk_urn("civil", "parq-civ"), "jti": event}
    assert (told["by"], told["to"], told["stage"]) == (
        desk_urn("civil", "home-1"), HEIR, "passed_on"
    )  # fmt: skip
    assert told["ack"] == {"iss": desk_urn("civil", "home-1"), "jti": passed}
    assert [duty["debtor"] for duty in told["duties"]["opened"]] == [HEIR]
    same_state(world)


def test_of_a_case_that_is_given_alone_no_sender_is_told() -> None:
    """Nothing that it sent went anywhere; what it is owed, a notice of duties tells."""
    world, _ = split()

    entrust(world, THIRD)

    assert notices(world, "parq-civ", "acknowledged") == []
    assert [one["duty"]["debtor"] for one in notices(world, "parq-civ", "duty_opened")] == [HEIR]


def test_of_what_is_passed_on_a_second_time_no_heir_is_told() -> None:
    """It came from the desk that they follow: the notice would tell them of themselves."""
    world, event = split()
    passed = entrust(world, THIRD, "IDENTITY", re=[ref("parq-civ", event)])
    pass_on(world, THIRD, "home-2")

    entrust(world, "home-2", "IDENTITY", desk=THIRD, re=[ref("home-1", passed)])

    assert len(notices(world, "parq-civ", "acknowledged")) == 1
    assert [notices(world, heir, "acknowledged") for heir in (THIRD, "home-2")] == [[], []]
    same_state(world)


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "a desk that does not end": ("not_ending", {"desk": "home-2", "heir": THIRD}),
    "an heir itself": ("not_ending", {"desk": THIRD, "heir": "home-2"}),
    "to no heir": ("not_heir", {"heir": "mo"}),
    "to itself": ("not_heir", {"heir": "home-1"}),
    "of another's case": ("not_delivered", {"heir": THIRD, "case": OTHER}),
    "parts of nothing": ("not_delivered", {"heir": THIRD, "scopes": "IDENTITY"}),
    "an event without parts": ("no_parts", {"heir": THIRD, "re": "own"}),
    "an event that it was not delivered": (
        "not_delivered", {"heir": THIRD, "scopes": "IDENTITY", "re": "other"}
    ),
    "only wider parts": ("nothing_released", {"heir": THIRD, "scopes": "FACTS", "re": "own"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_what_may_not_be_entrusted_is_refused_with_its_own_reason(kind: str) -> None:
    """Nothing of it reaches anybody, and the case stays the first heir's."""
    world, event = split()
    other = place(world, "home-2", OTHER)
    reason, given = WRONG[kind]
    refs = {"own": [ref("parq-civ", event)], "other": [ref("parq-civ", other)], "": []}
    heir, more = given["heir"], {**given, "re": refs[given.get("re", "")]}

    refused = entrust(world, more.pop("heir"), **more)

    assert decided(world, refused, heir)["reasons"] == [reason]
    (router,) = [
        one
        for one in world.routers.values()
        if CASE in one.state.cases and one.site.realm == "civil"
    ]
    assert router.state.cases[CASE].entrusted == {}
    same_state(world)


def test_what_its_issuer_took_back_is_not_passed_on() -> None:
    """Else an heir would read as standing what the prosecutor's office has withdrawn."""
    world, event = split()
    where: dict[str, Any] = {"re": [ref("parq-civ", event)]}
    raw(world, "parq-civ", "WITHDRAW", ("home-1", "withdraw", ""), declared={}, **where)

    passed = entrust(world, THIRD, "IDENTITY", **where)

    assert decided(world, passed, THIRD)["reasons"] == ["not_delivered"]
    same_state(world)


def test_nothing_is_passed_on_to_an_heir_that_has_ended() -> None:
    """It would lie where nobody reads, and could not be passed on; the case alone is given."""
    world = three_homes()
    event = place(world)
    pass_on(world, "home-1", "home-2", THIRD, days=100)
    world.clock.move_to(pass_on(world, THIRD, "home-2", days=7))
    world.settle()

    passed = entrust(world, THIRD, "IDENTITY", re=[ref("parq-civ", event)])
    given = entrust(world, THIRD)

    assert decided(world, passed, THIRD)["reasons"] == ["desk_ended"]
    assert decided(world, given, THIRD)["verdict"] == "release"
    same_state(world)


@pytest.mark.parametrize("heir", ["home-2", THIRD])
def test_a_case_is_entrusted_once(heir: str) -> None:
    """To the same heir again, or to the other: the first stands."""
    world, _ = split()
    entrust(world, THIRD)

    again = entrust(world, heir)

    assert decided(world, again, heir)["reasons"] == ["entrusted"]


def test_nothing_is_entrusted_once_the_desk_has_ended() -> None:
    """What is left by then is the first heir's."""
    world = three_homes()
    place(world)
    world.clock.move_to(pass_on(world, "home-1", "home-2", THIRD))
    world.settle()

    late = entrust(world, THIRD)

    assert decided(world, late, THIRD)["reasons"] == ["not_ending"]


def test_what_is_entrusted_at_the_very_end_is_read_by_its_heir() -> None:
    """The router counts the overlap from its record, which comes after the order holds."""
    world = three_homes()
    place(world)
    world.clock.move_to(pass_on(world, "home-1", "home-2", THIRD, days=7, lag=5) + 1)
    world.settle()

    given = entrust(world, THIRD)

    assert decided(world, given, THIRD)["verdict"] == "release"
    (item,) = (one.item for one in world.inbox(THIRD) if one.item["event"] == given)
    assert "error" not in item


def test_two_heirs_at_once_are_none() -> None:
    """No case has two heirs."""
    world, _ = split()

    both = raw(
        world, "home-1", "ENTRUST", ("home-2", "entrust", ""), (THIRD, "entrust", ""), declared={}
    )

    assert [decided(world, both, one)["reasons"] for one in ("home-2", THIRD)] == [["not_heir"]] * 2


def test_what_is_entrusted_cannot_be_withdrawn() -> None:
    """Else the desk could give a case to the one and then to the other."""
    world, _ = split()
    given = entrust(world, THIRD)

    back = raw(
        world, "home-1", "WITHDRAW", (THIRD, "withdraw", ""), re=[ref("home-1", given)], declared={}
    )

    assert decided(world, back, THIRD)["reasons"] == ["not_own_event"]


def test_an_heir_that_ends_entrusts_in_its_turn() -> None:
    """A chain of two splits leads on one case to one desk."""
    world = three_homes()
    event = place(world)
    pass_on(world, "home-1", "home-2")
    pass_on(world, "home-2", THIRD)

    passed = entrust(world, THIRD, "IDENTITY", desk="home-2", re=[ref("parq-civ", event)])

    assert decided(world, passed, THIRD)["verdict"] == "release"
    assert decided(world, ack(world, THIRD, "parq-civ", event), "parq-civ")["verdict"] == "release"
    same_state(world)


def test_a_case_that_was_passed_on_is_erased_with_all_that_names_it() -> None:
    """Its heir, its duties and its evidence go; the succession stays, and the log replays."""
    world = three_homes(partitions=1)
    event = place(world)
    pass_on(world, "home-1", "home-2", THIRD)
    entrust(world, THIRD, "IDENTITY", re=[ref("parq-civ", event)])

    answers = order(world, naming(world, CASE))["answers"]

    assert {one["answer"] for one in answers} == {"erased"}
    state = world.routers["civil", 0].state
    assert (CASE in state.cases, desk_urn("civil", "home-1") in state.successions) == (False, True)
    same_state(world)


def test_the_heir_of_the_case_alone_takes_back_what_the_desk_had_sent() -> None:
    """The first while nobody has it, then who was given it; it is opened no more by either."""
    world = three_homes()
    before, after = (
        raw(world, "home-1", "MISSING", ("pol", "search", "IDENTITY")) for _ in range(2)
    )
    pass_on(world, "home-1", "home-2", THIRD)

    def back(desk: str, event: str) -> dict[str, Any]:
        where: dict[str, Any] = {"re": [ref("home-1", event)], "declared": {}}
        return decided(world, raw(world, desk, "WITHDRAW", ("pol", "withdraw", ""), **where), "pol")

    early, first = back(THIRD, before), back("home-2", before)
    entrust(world, THIRD)
    late, own = back("home-2", after), back(THIRD, after)

    assert [one.get("reasons") for one in (early, late)] == [["not_own_event"]] * 2
    assert [one["verdict"] for one in (first, own)] == ["release"] * 2
    seen = {one.item["event"]: one.item.get("withdrawn") for one in world.inbox("pol")}
    assert (seen[before], seen[after]) == (True, True)
    same_state(world)


def test_a_desk_that_ends_gives_nothing_away_of_a_case_that_is_not_its_own() -> None:
    """It has learnt the token, and had an event refused on it: case and heirs are unmoved."""
    world = three_homes()
    event = place(world, "home-2", OTHER)
    raw(world, "home-1", "MISSING", ("mo", "search", "IDENTITY"), case=OTHER)
    pass_on(world, "home-1", "home-2", THIRD)

    given = entrust(world, THIRD, case=OTHER)
    taken = entrust(world, THIRD, "IDENTITY", case=OTHER, re=[ref("parq-civ", event)])
    strange = ack(world, THIRD, "parq-civ", event)

    assert [decided(world, one, THIRD)["reasons"] for one in (given, taken)] == [
        ["not_delivered"]
    ] * 2
    assert decided(world, strange, "parq-civ")["reasons"] == ["not_delivered"]
    assert [one["sub"] for one in notices(world, THIRD, "duty_opened")] == []
    same_state(world)
