"""A desk ends, or has left: what is new goes to its successor, what answers goes on."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from contracts.conventions import shipped
from contracts.encoding import rfc3339
from contracts.vocabulary.schema import desk_urn
from tests.contracts.convention.hospital import third
from tests.contracts.envelope import kit
from tests.flows.acts import (
    CASE,
    OTHER,
    ack,
    decided,
    draft,
    notices,
    owed,
    raw,
    recorded,
    ref,
    same_state,
)
from tests.flows.directories import Keeper, after_its_day, end_desk, join, place
from tests.samples import concern
from tests.world import PromptWorld, World

ENDED: Final = {
    "the recipient": {"crip": "crip-2"},
    "the issuer": {"edu-h-1": "edu-h-2"},
    "both": {"crip": "crip-2", "edu-h-1": "edu-h-2"},
}


@pytest.mark.parametrize("ended", ENDED.values(), ids=ENDED)
def test_after_the_day_answers_go_on_in_both_directions_once_and_each_sender_is_told(
    ended: dict[str, str],
) -> None:
    """A receipt, an outcome, a withdrawal, an overdue duty, of events from before the day."""
    world = PromptWorld()
    join(world, "crip", "crip-2")
    answered, taken_back, forgotten = (
        world.post("edu-h-1", concern(reference=f"child {number}", to=["crip"])).events[0]
        for number in range(3)
    )
    for desk, successor in ended.items():
        end_desk(world, desk, successor)
    after_its_day(world)

    answers = [
        world.acknowledge("crip", answered),
        world.outcome("crip", answered, "not_ip"),
        world.withdraw("edu-h-1", taken_back),
    ]
    confirmed = world.acknowledge("crip", answers[2].events[0], "withdrawn")

    assert [one.status for one in (*answers, confirmed)] == [202] * 4
    arrived = Counter((one.etype, one.item.get("withdrawn", False)) for one in world.inbox("crip"))
    assert arrived == {("IP", False): 2, ("IP", True): 1, ("WITHDRAW", False): 1}
    assert [one.etype for one in world.inbox("edu-h-1")] == ["FEEDBACK"]
    (crip,) = world.status("edu-h-1", answered)["to"]
    assert [one["stage"] for one in crip["acknowledged"]] == ["received"]
    assert world.status("edu-h-1", taken_back)["withdrawn"]
    late = [
        [one["duty"]["event"]["jti"] for one in notices(world, desk, "overdue")].count(forgotten)
        for desk in ("crip", "edu-h-1")
    ]
    assert late == [1, 1]  # of the receipt; the outcome has three months
    assert answered not in {duty["event"] for duty in world.duties("crip")}
    same_state(world)


def test_until_its_day_a_desk_is_sent_what_is_new_and_the_sender_is_told_who_follows() -> None:
    """In the answer to the request, and in what became of it; recipients are listed with it."""
    world = PromptWorld()
    join(world, "crip", "crip-2")
    until = end_desk(world, "crip", "crip-2")

    tried = world.dry_run("edu-h-1", concern(to=["crip"]))
    (event,) = world.post("edu-h-1", concern(to=["crip"])).events
    role_alone = world.dry_run("edu-h-1", concern()).body["to"]

    (remark,) = [one for one in tried.body["warnings"] if one["cause"] == "desk_ends"]
    assert (remark["desk"], remark["expected"]) == ("crip", "crip-2")
    (told,) = world.status("edu-h-1", event)["to"]
    assert (told["state"], told["successor"], told["until"]) == (
        "delivered", "crip-2", rfc3339(until),
    )  # fmt: skip
    assert [one["desk"] for one in role_alone] == ["crip-2"]
    assert [one.event for one in world.inbox("crip")] == [event]
    assert world.inbox("crip-2") == []


def test_after_its_day_what_is_new_is_not_sealed_and_the_successor_is_named(world: World) -> None:
    """By the service; and by the router, of an event that goes past the service."""
    join(world, "crip", "crip-2")
    end_desk(world, "crip", "crip-2")
    after_its_day(world)

    late = world.post("edu-h-1", concern(to=["crip"]))
    past = raw(world, "edu-h-1", "IP", ("crip", "assess", "FACTS IDENTITY"))

    (verdict,) = late.body["to"]
    assert (late.status, verdict["reasons"]) == (422, ["desk_ended"])
    assert {door["desk"] for door in verdict["doors"]} == {"crip-2"}
    outcome = decided(world, past, "crip")
    assert (outcome["reasons"], outcome["successor"]) == (
        ["desk_ended"], desk_urn("civil", "crip-2"),
    )  # fmt: skip
    assert [door["desk"] for door in outcome["doors"]] == [desk_urn("civil", "crip-2")]
    assert world.inbox("crip") == []
    same_state(world)


def test_a_desk_that_has_ended_is_told_so_by_its_own_service() -> None:
    """Nothing new of its own is sealed; nothing is foreseen as let through that is refused."""
    world = PromptWorld()
    end_desk(world, "edu-h-1", "edu-h-2")
    after_its_day(world)

    late, tried = world.post("edu-h-1", concern()), world.dry_run("edu-h-1", concern())

    assert (late.status, late.code) == (422, "nothing_to_publish")
    assert [one["reasons"] for one in (*late.body["to"], *tried.body["to"])] == [
        ["issuer_ended"]
    ] * 2
    assert world.post("edu-h-2", concern()).status == 202


def test_what_the_old_desk_was_suggested_for_its_successor_is_delivered(world: World) -> None:
    """An invitation asks that the desk takes part: its successor does, in its cases alone."""
    place(world, "home-1", CASE)
    raw(world, "parq-civ", "MEASURE", ("ase", "execute_opp", "IDENTITY"))
    end_desk(world, "home-1", "home-2")
    invite = ("invite", "CODE.meeting")
    before = raw(world, "ase", "COORD", ("home-2", *invite))
    after_its_day(world)

    old = raw(world, "ase", "COORD", ("home-1", *invite))
    new = raw(world, "ase", "COORD", ("home-2", *invite))
    elsewhere = raw(world, "ase", "COORD", ("home-2", *invite), case=OTHER)

    assert decided(world, before, "home-2")["reasons"] == ["not_assigned"]
    assert decided(world, old, "home-1")["reasons"] == ["desk_ended"]
    assert decided(world, new, "home-2")["verdict"] == "release"
    assert decided(world, elsewhere, "home-2")["reasons"] == ["not_assigned"]


def test_a_measure_that_the_old_desk_carries_out_is_ended_after_its_day(world: World) -> None:
    """The order's end reaches the old desk, which takes part no more."""
    event = place(world)
    end_desk(world, "home-1", "home-2")
    after_its_day(world)

    end = raw(
        world, "parq-civ", "MEASURE", ("home-1", "execute_opp", "IDENTITY"),
        ends=[ref("parq-civ", event)], declared={},
    )  # fmt: skip

    assert decided(world, end, "home-1")["verdict"] == "release"
    cases = [case for router in world.routers.values() for case in router.state.cases.values()]
    assert not any(desk.endswith(":home-1") for case in cases for desk, _ in case.assigned)


def test_an_ended_desk_sends_nothing_new_and_ends_what_it_began(world: World) -> None:
    """A search that it declared; no alert, no link, not even with what it was never sent."""
    search = ("pol", "search", "IDENTITY")
    missing = raw(world, "home-1", "MISSING", search)
    others = place(world, "home-2", OTHER)
    end_desk(world, "home-1", "home-2")
    after_its_day(world)

    new = raw(world, "home-1", "MISSING", search)
    answering_others = raw(
        world, "home-1", "MISSING", search, case=OTHER, re=[ref("parq-civ", others)]
    )
    ping = raw(world, "home-1", "PING")
    end = raw(world, "home-1", "MISSING", search, ends=[ref("home-1", missing)], declared={})

    assert decided(world, new, "pol")["reasons"] == ["issuer_ended"]
    assert decided(world, answering_others, "pol")["reasons"] == ["issuer_ended"]
    assert world.decision_on(ping)["reasons"] == ["issuer_ended"]
    assert decided(world, end, "pol")["verdict"] == "release"


def test_a_successor_gets_nothing_of_the_old_desk_s_by_its_own_key(world: World) -> None:
    """It acts for it under the old desk's name, or not at all."""
    event = place(world)
    end_desk(world, "home-1", "home-2")
    after_its_day(world)

    given = ack(world, "home-2", "parq-civ", event)

    assert decided(world, given, "parq-civ")["reasons"] == ["not_delivered"]


def test_of_a_successor_that_ends_in_its_turn_the_last_one_is_named(world: World) -> None:
    """A school is merged twice."""
    join(world, "edu-h-1", "edu-h-3")
    (event,) = world.post("edu-h-1", concern()).events
    end_desk(world, "edu-h-1", "edu-h-2")
    end_desk(world, "edu-h-2", "edu-h-3")
    after_its_day(world)

    answer = raw(
        world, "crip", "FEEDBACK", ("edu-h-2", "close_loop", "CODE.outcome"),
        re=[ref("edu-h-1", event)], final=True,
    )  # fmt: skip

    agency, now = world.office("edu-h-1").agency, world.clock.now()
    assert decided(world, answer, "edu-h-2")["doors"][0]["desk"] == desk_urn("civil", "edu-h-3")
    assert [agency.may_act_for(f"edu-h-{n}", "edu-h-1", now) for n in (2, 3)] == [True, True]
    assert not agency.may_act_for("edu-h-1", "edu-h-2", now)


def leave(world: World, keeper: Keeper, desk: str) -> None:
    """Take a desk out of the directory."""
    keeper.payload["desks"].remove(keeper.row(desk))
    keeper.adopt()


def told(world: World, desk: str) -> int:
    """Number of records for a desk, in whatever inbox."""
    return len(kit.addressed(world.rows(".inbox."), desk))


def test_what_is_owed_to_a_desk_that_has_left_falls_overdue_all_the_same(world: World) -> None:
    """The record is written and the debtor told; nothing goes where nobody is."""
    raw(world, "psp", "IP", ("crip", "assess", "FACTS IDENTITY"))
    leave(world, Keeper(world), "psp")
    before, crip = told(world, "psp"), told(world, "crip")

    world.wait(4 * kit.DAY)

    assert recorded(world, "overdue")
    assert told(world, "psp") == before
    assert told(world, "crip") == crip + 1
    assert owed(world) == ["crip ACK:received", "crip R39:final"]
    same_state(world)


def test_what_was_in_flight_to_a_desk_that_has_left_reaches_nobody(world: World) -> None:
    """Its key is no longer the directory's: put aside, and the issuer is told."""
    to = ("asso", "specialist_followup", "IDENTITY")
    world.publish_raw("ase", draft("ase", "SPECREF", to))

    leave(world, Keeper(world), "asso")

    assert len(recorded(world, "quarantined")) == 1
    assert (told(world, "asso"), told(world, "ase")) == (0, 1)
    assert world.audit()["clean"]


def test_a_desk_without_any_clause_is_refused_and_not_told(world: World) -> None:
    """A role that the convention does not have, in a house that has an outbox: no poison there."""
    join(world, "crip", "umj", "UMJ")

    event = raw(world, "umj", "IP", ("crip", "assess", "FACTS"))

    assert world.decision_on(event)["addressees"][0]["reasons"] == ["no_clause"]
    assert told(world, "umj") == 0
    assert world.audit()["clean"]


def test_an_agency_gets_no_role_from_the_directory_alone(world: World) -> None:
    """The convention gives UMJ to the hospital: another agency's desk of that role is nobody."""
    world.clock.advance(30 * kit.DAY)
    world.adopt(third(shipped()))
    keeper = Keeper(world)
    keeper.add("umj", "UMJ", agency="clinic")
    keeper.adopt()

    event = raw(world, "crip", "FEEDBACK", ("umj", "close_loop", "CODE.outcome"))

    assert decided(world, event, "umj")["reasons"] == ["unknown_desk"]
    assert told(world, "umj") == 0
    assert world.audit()["clean"]
