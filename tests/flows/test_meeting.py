"""What version 1 refuses and version 2 permits: a meeting, and what the youth service declares."""

from __future__ import annotations

from typing import Any, Final

from contracts.conventions import SECOND, read
from tests.contracts.envelope import kit
from tests.flows.acts import CASE, raw
from tests.samples import filed
from tests.world import World

INVITED: Final = ("pol", "psp", "edu-h-1", "parq-civ", "je")
CONVENE: Final = ("crip", "ase")
AT: Final = 1_791_806_400  # 12 October 2026, 14:00 in Paris
INVITATION: Final = {
    "kind": "coordination_invitation", "case": CASE, "minutes": 60,
    "at": "2026-10-12T14:00:00+02:00", "premises": "CRIP",
    "child": {"first_name": "Lina", "last_name": "Durand"},
}  # fmt: skip


def known() -> World:
    """A child whom school, outreach, police, prosecutor and judge know, each by its own act."""
    world = World()
    raw(world, "edu-h-1", "IP", ("crip", "assess", "FACTS"))
    raw(world, "psp", "IP", ("crip", "assess", "FACTS"))
    raw(world, "pol", "IP", ("crip", "assess", "FACTS.summary"))
    raw(world, "parq-civ", "ST", ("je", "seize_judge", "FACTS"))
    raw(world, "crip", "EVALREQ", ("ase", "evaluate", "FACTS"))
    return world


def invited(world: World, issuer: str, *desks: str) -> list[dict[str, Any]]:
    """What became of an invitation, addressee by addressee."""
    answer = world.post(issuer, INVITATION | {"to": list(desks)})
    world.settle()
    (event,) = answer.body["events"]
    addressees: list[dict[str, Any]] = world.decision_on(event)["addressees"]
    return addressees


def test_a_meeting_is_refused_under_version_1_and_held_under_version_2() -> None:
    """No clause for anybody; then all get day, hour and place, and accept, and no name leaves."""
    world = known()
    for issuer in CONVENE:
        assert {one["verdict"] for one in invited(world, issuer, *INVITED)} == {"withhold"}

    world.clock.advance(30 * kit.DAY)
    world.adopt(read(SECOND))

    for issuer in CONVENE:
        assert {one["verdict"] for one in invited(world, issuer, *INVITED)} == {"release"}
        for desk in INVITED:
            arrived = [one for one in world.inbox(desk) if one.item.get("from") == issuer][-1]
            told = str(arrived.item)
            assert str(AT) in told
            assert not [word for word in ("Lina", "Durand") if word in told]
            assert world.acknowledge(desk, arrived.event, "accepted").status == 202
        (outside,) = invited(world, issuer, "asso")
        assert (outside["verdict"], outside["reasons"]) == ("withhold", ["not_assigned"])
    world.settle()
    assert not any(one["act"] == "ACK:accepted" for one in world.duties("crip"))
    assert world.audit()["clean"]


def test_the_youth_service_alerts_and_declares_a_runaway_and_its_end() -> None:
    """Each by its own form, released by its clause."""
    world = World()
    world.clock.advance(83 * kit.DAY)  # the days that samples tell of
    world.adopt(read(SECOND))
    sent, event = {}, ""
    for kind, clauses in (
        ("information_preoccupante", ["R47"]), ("signalement", ["R10", "R11.3"]),
        ("runaway", ["R33"]),
    ):  # fmt: skip
        sent[kind] = world.post("pjj", filed("justice", kind, "PJJ"))
        world.settle()
        (event,) = sent[kind].events
        assert [one["clause"] for one in world.status("pjj", event)["to"]] == clauses
        assert {one["verdict"] for one in world.decision_on(event)["addressees"]} == {"release"}

    over = filed("justice", "runaway_end", "PJJ") | {
        "case": sent["runaway"].case, "ends": [{"issuer": "pjj", "event": event}],
    }  # fmt: skip
    over.pop("reference", None)
    (ended,) = world.post("pjj", over).events
    world.settle()

    assert not world.decision_on(ended)["refused"]
    assert world.audit()["clean"]
