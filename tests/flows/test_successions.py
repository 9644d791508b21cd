"""Desks that end: theirs is their heirs', and nothing under way is lost or told twice."""

from __future__ import annotations

import pytest

from contracts.vocabulary.schema import desk_urn
from tests.flows.acts import OTHER, ack, decided, notices, raw, ref, same_state
from tests.flows.passing_on import pass_on, place
from tests.world import World

HOUR = 3_600


def concern(world: World, school: str = "edu-h-1") -> str:
    """A school's alert: the CRIP owes it a receipt and an outcome."""
    return raw(world, school, "IP", ("crip", "assess", "FACTS IDENTITY"))


def delivered(world: World, event: str) -> list[str]:
    """Desks to whose inbox an event was delivered, each as often as it was."""
    return sorted(
        desk
        for desk in world.roles
        for one in world.inbox(desk)
        if one.event == event and one.item.get("addressed_to", desk) == desk
    )


@pytest.mark.parametrize(("first", "second"), [("home-1", "home-2"), ("home-2", "home-1")])
def test_old_desk_or_heir_discharges_a_duty_once(first: str, second: str) -> None:
    """While both are desks: whoever is second is told that the receipt is there."""
    world = World()
    event = place(world)
    pass_on(world, "home-1", "home-2")

    given = ack(world, first, "parq-civ", event)
    again = ack(world, second, "parq-civ", event)

    assert decided(world, given, "parq-civ")["verdict"] == "release"
    assert decided(world, again, "parq-civ")["reasons"] == ["stage_repeated"]
    assert len(notices(world, "parq-civ", "acknowledged")) == 1
    world.clock.advance(HOUR)
    world.settle()
    assert notices(world, "home-2", "overdue") == []
    same_state(world)


def test_mail_for_the_old_desk_goes_to_it_for_a_time_and_its_sender_is_told_who_follows() -> None:
    """One inbox, once; what it opens is the heir's to do, who is told."""
    world = World()
    until = pass_on(world, "home-1", "home-2")

    event = place(world)

    heir = desk_urn("civil", "home-2")
    outcome = decided(world, event, "home-1")
    assert (outcome["verdict"], outcome["heirs"], outcome["until"]) == ("release", [heir], until)
    (notice,) = notices(world, "parq-civ", "decided")
    assert notice["addressees"][0]["heirs"] == [heir]
    assert delivered(world, event) == ["home-1"]
    (opened,) = notices(world, "home-2", "duty_opened")
    assert opened["duty"]["debtor"] == heir
    same_state(world)


def test_an_heir_copies_and_ends_what_the_old_desk_began() -> None:
    """Its report to the CRIP, which the old desk owed; the search that the old home declared."""
    world = World()
    report = raw(world, "edu-h-1", "SIG", ("parq-civ", "protect_now", "FACTS IDENTITY"))
    missing = raw(world, "home-1", "MISSING", ("pol", "search", "IDENTITY"))
    pass_on(world, "edu-h-1", "edu-h-2")
    pass_on(world, "home-1", "home-2")

    copy = raw(
        world, "edu-h-2", "SIG", ("crip", "avoid_duplicates", "FACTS"), re=[ref("edu-h-1", report)]
    )
    end = raw(
        world, "home-2", "MISSING", ("pol", "search", "IDENTITY"), ends=[ref("home-1", missing)],
        declared={},
    )  # fmt: skip

    assert decided(world, copy, "crip")["verdict"] == "release"
    (told,) = notices(world, "edu-h-2", "decided")
    assert [one["act"] for one in told["duties"]["closed"]] == ["R11"]
    assert decided(world, end, "pol")["verdict"] == "release"
    same_state(world)


def test_an_heir_is_told_the_end_of_a_measure_and_takes_part_no_more() -> None:
    """It needs no call, as the old home would not have; the prosecutor alone takes part."""
    world = World()
    event = place(world)
    pass_on(world, "home-1", "home-2")

    end = raw(
        world, "parq-civ", "MEASURE", ("home-2", "execute_opp", "IDENTITY"),
        ends=[ref("parq-civ", event)], declared={},
    )  # fmt: skip

    assert decided(world, end, "home-2")["verdict"] == "release"
    cases = [case for router in world.routers.values() for case in router.state.cases.values()]
    assert not any(desk.endswith(":home-1") for case in cases for desk, _ in case.assigned)
    same_state(world)


def test_an_answer_that_the_heir_cannot_read_is_owed_again() -> None:
    """The outcome came to the old school, and its heir has not the key."""
    world = World()
    event = concern(world)
    answer = raw(
        world, "crip", "FEEDBACK", ("edu-h-1", "close_loop", "CODE.outcome"),
        re=[ref("edu-h-1", event)], final=True,
    )  # fmt: skip
    pass_on(world, "edu-h-1", "edu-h-2")

    ack(world, "edu-h-2", "crip", answer, "unreadable")

    (told,) = notices(world, "crip", "acknowledged")
    reopened = told["duties"]["opened"]
    assert [(one["act"], one["creditor"]) for one in reopened] == [
        ("R39:final", desk_urn("civil", "edu-h-2"))
    ]
    same_state(world)


def test_two_desks_that_are_merged_owe_both_receipts_as_one() -> None:
    """Of one event to both: what one of them has acknowledged before does not acquit the other."""
    world = World()
    event = raw(
        world, "parq-civ", "MEASURE", ("home-1", "execute_opp", "IDENTITY"),
        ("home-2", "execute_opp", "IDENTITY"), decided_on="2026-09-07",
    )  # fmt: skip
    ack(world, "home-1", "parq-civ", event)
    pass_on(world, "home-1", "home-2")

    own = ack(world, "home-2", "parq-civ", event)
    again = ack(world, "home-2", "parq-civ", event)

    assert decided(world, own, "parq-civ")["verdict"] == "release"
    assert decided(world, again, "parq-civ")["reasons"] == ["stage_repeated"]
    same_state(world)


def test_a_desk_that_follows_nobody_gains_nothing() -> None:
    """The second home was there before: what is another's case stays so until the order."""
    world = World()
    event = place(world)
    early = ack(world, "home-2", "parq-civ", event)
    pass_on(world, "home-1", "home-2")

    late = ack(world, "home-2", "parq-civ", event)
    other = ack(world, "mo", "parq-civ", event)

    assert decided(world, early, "parq-civ")["reasons"] == ["not_delivered"]
    assert decided(world, late, "parq-civ")["verdict"] == "release"
    assert decided(world, other, "parq-civ")["reasons"] == ["not_delivered"]


def test_the_old_desk_is_not_its_heir() -> None:
    """What is sent to the heir alone is not the old desk's."""
    world = World()
    pass_on(world, "home-1", "home-2")
    event = place(world, "home-2", OTHER)

    given = ack(world, "home-1", "parq-civ", event, case=OTHER)

    assert decided(world, given, "parq-civ")["reasons"] == ["not_delivered"]
