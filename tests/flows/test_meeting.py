"""What version 1 refuses and version 2 permits: a meeting, and what the youth service declares."""

from __future__ import annotations

from typing import Any, Final

import pytest

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
            arrived = [one for one in world.inbox(desk) if one.issuer == issuer][-1]
            told = str(arrived.item)
            assert str(AT) in told
            assert not [word for word in ("Lina", "Durand") if word in told]
            assert world.acknowledge(desk, arrived.event, "accepted").status == 202
        (outside,) = invited(world, issuer, "asso")
        assert (outside["verdict"], outside["reasons"]) == ("withhold", ["not_assigned"])
    world.settle()
    assert not any(one["act"] == "ACK:accepted" for one in world.duties("crip"))
    assert world.audit()["clean"]


@pytest.fixture(scope="module")
def later() -> World:
    """Version 2 in force, on the days that samples tell of."""
    world = World()
    world.clock.advance(83 * kit.DAY)
    world.adopt(read(SECOND))
    return world


@pytest.mark.parametrize(
    ("kind", "clauses", "ends"),
    [
        ("information_preoccupante", ["R47"], ""),
        ("signalement", ["R10", "R11.3"], ""),
        ("runaway", ["R33"], "runaway_end"),
    ],
)
def test_the_youth_service_alerts_and_declares_a_runaway(
    later: World, kind: str, clauses: list[str], ends: str
) -> None:
    """Each by its own form, released by its clause."""
    sent = later.post("pjj", filed("justice", kind, "PJJ"))
    later.settle()
    assert sent.status == 202, sent.body
    (event,) = sent.events

    released = [one["clause"] for one in later.status("pjj", event)["to"]]
    assert released == clauses
    assert {one["verdict"] for one in later.decision_on(event)["addressees"]} == {"release"}
    if ends:
        over = filed("justice", ends, "PJJ") | {
            "case": sent.case, "reference": None, "ends": [{"issuer": "pjj", "event": event}]
        }  # fmt: skip
        told = later.post("pjj", {name: one for name, one in over.items() if one})
        later.settle()
        assert not later.decision_on(told.events[0])["refused"]
    assert later.audit()["clean"]
