"""What version 2 permits: the 119 and a hospital's unit join, the youth service writes."""

from __future__ import annotations

from typing import Any, Final

import pytest

from contracts.conventions import SECOND, read
from tests.contracts.envelope import kit
from tests.flows.acts import raw
from tests.flows.directories import joined
from tests.samples import filed
from tests.world import PromptWorld, World

CONCERN: Final[dict[str, Any]] = {
    "kind": "event", "event": "IP", "purpose": "assess", "to": ["crip"],
    "content": {
        "FACTS": {"facts": [{"observed": "Ecchymoses", "observed_on": "2026-09-07"}]},
        "FACTS.source": {"kind": "neighbour", "name": "Voisine"},
        "HEALTH": {"record": "Certificat complet"},
    },
}  # fmt: skip

INFORMED: Final = {"told": {"parents": "told", "minor": "told"}}


@pytest.fixture(scope="module")
def world() -> World:
    """Version 2 in force, and both partners at work."""
    return joined({"snated": ("SNATED", "snated"), "uaped": ("UAPED", "uaped")}, read(SECOND))


@pytest.mark.parametrize(("desk", "clause"), [("snated", "R49"), ("uaped", "R50")])
def test_an_alert_reaches_the_crip_and_is_answered(world: World, desk: str, clause: str) -> None:
    """Neither caller nor certificate leaves; the 119 need not say that parents were told."""
    told = INFORMED if desk == "uaped" else {}
    answer = world.post(desk, CONCERN | told | {"reference": f"dossier {desk}"})
    (event,) = answer.body["events"]
    arrived = next(one for one in world.inbox("crip") if one.event == event)

    assert world.decision_on(event)["addressees"][0]["clause"] == clause
    assert "Ecchymoses" in str(arrived.item)
    assert not [word for word in ("Voisine", "Certificat") if word in str(arrived.item)]

    reply = world.outcome("crip", event, "help_in_place", final=True)
    assert reply.status == 202, reply.body
    assert [one.event for one in world.inbox(desk)] == reply.body["events"]


def test_a_partner_may_do_nothing_else(world: World) -> None:
    """Its word to the police is an attempt, refused with a suggested recipient."""
    sent = world.post("uaped", CONCERN | INFORMED | {"to": ["pol"], "reference": "dossier 8"})

    assert world.decision_on(sent.body["events"][0])["refused"]
    assert "CRIP" in [door["role"] for door in sent.body["to"][0]["doors"]]


def test_the_hospital_reports_and_hears_of_a_hearing_and_of_the_outcome(world: World) -> None:
    """R09 with its copy, R41, R37; all of it replays."""
    report = raw(
        world, "uaped", "SIG", ("parq-civ", "protect_now", "FACTS"),
        ("crip", "avoid_duplicates", "FACTS"),
    )  # fmt: skip
    hearing = raw(world, "pol", "HEARING", ("uaped", "be_present", "PROCEDURE.hearing"))
    outcome = world.outcome("parq-civ", report, "prosecuted")

    assert not world.decision_on(report)["refused"]
    assert world.decision_on(hearing)["addressees"][0]["verdict"] == "release"
    assert outcome.status == 202, outcome.body
    assert [one.event for one in world.inbox("uaped")][-2:] == [hearing, *outcome.body["events"]]
    assert world.audit()["clean"]


def test_the_youth_service_alerts_and_declares_a_runaway_and_its_end() -> None:
    """Each by its own form, released by its clause."""
    world = PromptWorld()
    world.clock.advance(83 * kit.DAY)  # the days that samples tell of
    world.adopt(read(SECOND))
    sent, event = {}, ""
    for kind, clauses in (
        ("information_preoccupante", ["R47"]), ("signalement", ["R10", "R11.3"]),
        ("runaway", ["R33"]),
    ):  # fmt: skip
        sent[kind] = world.post("pjj", filed("justice", kind, "PJJ"))
        (event,) = sent[kind].events
        assert [one["clause"] for one in world.status("pjj", event)["to"]] == clauses
        assert {one["verdict"] for one in world.decision_on(event)["addressees"]} == {"release"}

    over = filed("justice", "runaway_end", "PJJ") | {
        "case": sent["runaway"].case, "ends": [{"issuer": "pjj", "event": event}],
    }  # fmt: skip
    over.pop("reference", None)
    (ended,) = world.post("pjj", over).events

    assert not world.decision_on(ended)["refused"]
    assert world.audit()["clean"]
