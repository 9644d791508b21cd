"""A desk is renamed or merged in its service: nothing is lost, doubled or misdirected."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.agency.office.office import Office
from tests.contracts.envelope import kit
from tests.flows.acts import CASE, OTHER, ack, alert, raw, ref
from tests.flows.desks_changed import begin_anew, join, leave, rename
from tests.flows.key_succession import Keeper
from tests.flows.passing_on import OVERLAP, THIRD, pass_on, place, three_homes
from tests.flows.test_key_rotation import posted
from tests.samples import sample
from tests.world import World


def renamed() -> tuple[World, str, str]:
    """The CRIP has another name, between two alerts."""
    world = World()
    before = posted(world, "child 1")
    world.settle()
    rename(world, Keeper(world), "crip", "crip-2")
    after = posted(world, "child 2")
    world.settle()
    return world, before, after


def test_a_renamed_desk_reads_what_its_old_name_was_sent_and_owes_it() -> None:
    """What came before the order and after it, once each, under the new name; each duty."""
    world, before, after = renamed()

    seen = world.inbox("crip-2")

    assert [one.event for one in seen] == [before, after]
    assert [one.item.get("addressed_to") for one in seen] == ["crip", None]
    assert not any(one.item.get("error") for one in seen)
    assert {duty["event"] for duty in world.duties("crip-2")} == {before, after}
    assert world.duties("crip") == []
    assert world.inbox("crip-2") == []


def test_a_role_leads_to_the_heir_and_the_old_name_still_arrives() -> None:
    """A record that names nobody finds the one desk of the role that goes on."""
    world, before, after = renamed()
    named = world.post("edu-s", alert(world) | {"reference": "child 3", "to": ["crip"]})
    world.settle()

    shown = {one.event: one.item.get("addressed_to") for one in world.inbox("crip-2")}
    assert shown == {before: "crip", after: None, named.events[0]: "crip"}


def test_what_an_heir_acknowledges_is_acknowledged_for_both_names() -> None:
    """The sender is told and sees who follows; the duty is met, and nobody owes it any more."""
    world, before, after = renamed()

    answers = [world.acknowledge("crip-2", event) for event in (before, after)]
    world.settle()

    assert [answer.status for answer in answers] == [202, 202]
    for event, heirs in ((before, ["crip-2"]), (after, None)):
        (desk,) = world.status("edu-s", event)["to"]
        assert [one["stage"] for one in desk["acknowledged"]] == ["received"]
        assert desk.get("heirs") == heirs
    assert "ACK:received" not in {duty["act"] for duty in world.duties("crip-2")}
    assert world.audit()["clean"]


def test_a_draft_to_a_desk_that_ends_is_pointed_to_its_heir_before_it_is_sealed() -> None:
    """First a remark beside the answer; from the end on nothing is sealed: ask the heir."""
    world, _before, _after = renamed()
    record = alert(world) | {"reference": "child 3", "to": ["crip"]}

    early = world.dry_run("edu-s", record)
    world.clock.advance(OVERLAP)
    late = world.post("edu-s", record)

    (remark,) = [one for one in early.body["warnings"] if one["cause"] == "desk_ends"]
    assert (remark["desk"], remark["expected"]) == ("crip", "crip-2")
    assert (late.status, late.code) == (422, "nothing_to_publish")
    (verdict,) = late.body["to"]
    assert verdict["reasons"] == ["desk_ended"]
    assert {door["desk"] for door in verdict["doors"]} == {"crip-2"}
    assert world.post("edu-s", alert(world) | {"reference": "child 3"}).status == 202


def test_a_desk_that_ended_and_left_the_directory_is_known_by_its_heir() -> None:
    """Its report is answered in the form due to its role, and its name leads to the heir."""
    world = World()
    keeper = Keeper(world)
    record = sample("child_welfare", "crip_signalement", answers=None)
    record["call"]["at"] = "2026-09-07T07:40:00+02:00"
    (event,) = world.post("crip", record).events
    world.settle()
    rename(world, keeper, "crip", "crip-2")
    world.clock.advance(OVERLAP + kit.DAY)
    leave(world, keeper, "crip")

    status = {"status": "inquiry_open"}
    answered = world.outcome("parq-civ", event, status=status)
    named = world.post("edu-s", alert(world) | {"reference": "child 3", "to": ["crip"]})
    world.settle()

    assert answered.status == 202
    assert [one.etype for one in world.inbox("crip-2")] == ["FEEDBACK"]
    (verdict,) = named.body["to"]
    assert verdict["reasons"] == ["desk_ended"]
    assert {door["desk"] for door in verdict["doors"]} == {"crip-2"}
    assert world.audit()["clean"]


def test_what_answers_a_desk_that_has_ended_goes_to_its_heir() -> None:
    """A school's alert is answered after the school was merged into another: no reply is lost."""
    world = World()
    event = posted(world, "child 1", "edu-h-1")
    world.settle()
    pass_on(world, "edu-h-1", "edu-h-2")
    world.clock.advance(OVERLAP)
    world.settle()

    acknowledged = world.acknowledge("crip", event)
    answered = world.outcome("crip", event, "not_ip")
    world.settle()

    assert (acknowledged.status, answered.status) == (202, 202)
    assert [one.etype for one in world.inbox("edu-h-2")] == ["FEEDBACK"]
    (desk,) = world.status("edu-h-2", event)["to"]
    assert [one["stage"] for one in desk["acknowledged"]] == ["received"]
    assert world.duties("crip") == []
    assert world.audit()["clean"]


def test_an_heir_takes_back_what_the_old_desk_sent() -> None:
    """Once: the same request again is answered as before."""
    world = World()
    event = posted(world, "child 1", "edu-h-1")
    world.settle()
    pass_on(world, "edu-h-1", "edu-h-2")

    first = world.withdraw("edu-h-2", event)
    world.settle()

    assert first.status == 202
    assert world.status("edu-h-2", event)["withdrawn"]
    assert [one.item.get("withdrawn") for one in world.inbox("crip")] == [True, None]


def test_a_request_that_is_repeated_across_the_order_is_published_once() -> None:
    """Its software had no answer under the old name, and asks under the new, by one key."""
    world = World()
    record = alert(world) | {"reference": "child 1"}
    first = world.post("edu-h-1", record, "key 1")
    pass_on(world, "edu-h-1", "edu-h-2")

    again = world.post("edu-h-2", record, "key 1")
    world.settle()

    assert again.events == first.events
    assert len(world.inbox("crip")) == 1


def test_a_child_keeps_its_token_under_the_desk_s_new_name() -> None:
    """A reference that the old desk used leads the renamed one to the same case."""
    world, _before, _after = renamed()
    agency = world.office("crip-2").agency

    assert agency.case_token("civil", "crip-2", "dossier 7") == agency.case_token(
        "civil", "crip", "dossier 7"
    )


def merged() -> World:
    """One child in each home, one of which has read its own; then the homes are one."""
    world = World()
    place(world, "home-1", CASE)
    place(world, "home-2", OTHER)
    world.settle()
    assert [one.case for one in world.inbox("home-2")] == [OTHER]
    pass_on(world, "home-1", "home-2")
    return world


def test_a_merged_desk_reads_what_lay_unread_however_far_it_had_read_its_own() -> None:
    """A cursor counts the two apart."""
    world = merged()

    assert [one.case for one in world.inbox("home-2")] == [CASE]
    assert {duty["case"] for duty in world.duties("home-2")} == {CASE, OTHER}


def test_a_service_that_starts_anew_knows_the_same() -> None:
    """Whether it was there when the order came or not."""
    world = merged()
    before = world.duties("home-2")
    world._cursors.clear()

    begin_anew(world, type(world.office("home-2"))(world.office("home-2").agency))

    assert world.duties("home-2") == before
    assert {one.case for one in world.inbox("home-2")} == {CASE, OTHER}


def test_a_desk_that_is_split_goes_on_until_it_has_given_its_cases_away() -> None:
    """In one service too: no heir reads what may be another's; its own token is good."""
    world = World()
    join(world, Keeper(world), "edu-h-1", "edu-h-3")
    event = posted(world, "child 1", "edu-h-1")
    world.settle()
    pass_on(world, "edu-h-1", "edu-h-2", "edu-h-3")

    world.office("edu-h-1").check_goes_on("edu-h-1")

    assert world.status("edu-h-1", event)["state"] == "decided"
    assert world.status("edu-h-2", event) == {}


def test_references_of_merged_desks_stay_apart() -> None:
    """Both have a dossier 7, of two children: nothing leads from one to the other."""
    agency = merged().office("home-2").agency

    assert agency.case_token("civil", "home-1", "7") != agency.case_token("civil", "home-2", "7")


def test_what_an_ended_desk_sent_by_an_id_of_its_heirs_says_nothing_of_the_heirs_own_event() -> (
    None
):
    """Who gets an event knows its id: the other's receipt or withdrawal would show on it."""
    world = three_homes()
    to, one_id = ("pol", "search", "IDENTITY"), "one id"
    world.random = kit.Seeded(one_id)
    own = raw(world, "home-2", "MISSING", to)
    world.random = kit.Seeded(one_id)
    copied = raw(world, "home-1", "MISSING", to, case=OTHER)
    where = {"case": OTHER, "re": [ref("home-1", own)], "declared": {}}
    raw(world, "home-1", "WITHDRAW", ("pol", "withdraw", ""), **where)
    agency = world.office("home-2").agency
    begin_anew(world, Office(agency))

    pass_on(world, "home-1", "home-2")
    ack(world, "pol", "home-1", copied, case=OTHER)
    told = [world.status("home-2", own)]
    world.office("home-2").succeed(world.clock.now())
    told.append(world.status("home-2", own))
    begin_anew(world, Office(agency))
    told.append(world.status("home-2", own))

    assert copied == own
    for status in told:
        (pol,) = status["to"]
        assert (status["case"], status["withdrawn"], pol["acknowledged"]) == (CASE, False, [])


def placed_as(world: World, home: str, case: str, seed: str = "one id") -> str:
    """The court places a child, by an event whose id somebody has used before; the id."""
    world.random = kit.Seeded(seed)
    to = (home, "execute_opp", "IDENTITY")
    return raw(world, "parq-civ", "MEASURE", to, case=case, decided_on="2026-09-07")


def one_home_follows() -> tuple[World, str]:
    """Two homes were sent an event of one id, of two children, before one followed."""
    world = three_homes()
    placed_as(world, "home-1", CASE)
    placed_as(world, "home-2", OTHER)
    pass_on(world, "home-1", "home-2")
    world.office("home-1").succeed(world.clock.now())
    return world, "home-2"


def one_home_is_passed_on() -> tuple[World, str]:
    """A home was passed on an event, and sent another of that one's id."""
    world = three_homes()
    event = placed_as(world, "home-1", CASE)
    pass_on(world, "home-1", "home-2", THIRD)
    where = {"re": [ref("parq-civ", event)], "declared": {}}
    raw(world, "home-1", "ENTRUST", (THIRD, "entrust", "IDENTITY"), **where)
    placed_as(world, THIRD, OTHER)
    return world, THIRD


@pytest.mark.parametrize("made", [one_home_follows, one_home_is_passed_on])
def test_of_two_events_of_one_id_each_is_answered_by_its_own_name_though_desks_changed(
    made: Callable[[], tuple[World, str]],
) -> None:
    """Else one child's receipt and outcome would go to the other's sender; after a start too."""
    world, home = made()
    before = {duty["case"]: duty["event"] for duty in world.duties(home)}
    begin_anew(world, Office(world.office(home).agency))
    after = {duty["case"]: duty["event"] for duty in world.duties(home)}

    answers = [world.acknowledge(home, event) for event in after.values()]
    world.settle()

    assert set(after) == {CASE, OTHER}
    assert (before, len(set(after.values()))) == (after, 2)
    assert [answer.status for answer in answers] == [202, 202]
    assert world.duties(home) == []
