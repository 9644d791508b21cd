"""Duties that the stories do not reach: who owes, by when, and what does not discharge."""

from __future__ import annotations

import pytest

from tests.flows.acts import OTHER, ack, decided, duty, owed, paris, raw, ref, same_state
from tests.world import World


def test_a_copy_in_the_same_event_owes_nothing_more() -> None:
    """`to` has both: the report and its copy, decided in that order, leave no R11 open."""
    world = World()

    event = raw(
        world, "edu-h-1", "SIG", ("crip", "avoid_duplicates", "FACTS IDENTITY"),
        ("parq-civ", "protect_now", "FACTS IDENTITY"),
    )  # fmt: skip

    assert decided(world, event, "crip")["verdict"] == "release"
    assert owed(world, "edu-h-1") == []
    same_state(world)


def test_a_copy_adds_nothing_to_what_was_reported() -> None:
    """A scope that the original did not release is withheld from its copy."""
    world = World()
    report = raw(world, "edu-s", "SIG", ("parq-civ", "protect_now", "FACTS IDENTITY"))

    copy = raw(
        world, "edu-s", "SIG", ("crip", "avoid_duplicates", "FACTS RISK"),
        re=[ref("edu-s", report)],
    )  # fmt: skip
    found = decided(world, copy, "crip")

    assert list(found["released"]) == ["FACTS"]
    assert found["withheld"] == [{"scope": "RISK", "reasons": ["not_in_original"]}]
    assert owed(world, "edu-s") == []


def test_the_word_end_makes_no_copy_of_nothing() -> None:
    """`phase: end` without an end: the empty addressee is refused, and the copy to the CRIP stays owed."""
    world = World()

    event = raw(
        world, "edu-h-1", "SIG", ("parq-civ", "protect_now", "FACTS IDENTITY"),
        ("crip", "avoid_duplicates", ""), phase="end",
    )  # fmt: skip

    assert decided(world, event, "crip")["reasons"] == ["no_parts"]
    assert owed(world, "edu-h-1") == ["edu-h-1 R11"]
    assert owed(world, "crip") == []
    same_state(world)


def test_an_empty_alert_opens_nothing_whatever_its_phase() -> None:
    """An information préoccupante without content, marked as an end, is refused."""
    world = World()

    event = raw(world, "edu-s", "IP", ("crip", "assess", ""), phase="end")

    assert world.decision_on(event)["refused"]
    assert owed(world) == []


def test_a_copy_of_which_nothing_passes_discharges_nothing() -> None:
    """At least one scope must be released for an event with parts to answer."""
    world = World()
    report = raw(world, "edu-s", "SIG", ("parq-civ", "protect_now", "IDENTITY"))

    raw(
        world, "edu-s", "SIG", ("crip", "avoid_duplicates", "RISK"), re=[ref("edu-s", report)]
    )  # fmt: skip

    assert owed(world, "edu-s") == ["edu-s R11"]


@pytest.mark.parametrize(
    ("final", "left"), [(False, ["crip R39:final"]), (True, []), (None, ["crip R39:final"])]
)
def test_only_a_final_outcome_closes_the_loop(final: bool | None, left: list[str]) -> None:
    """The cover's clear `final` tells the router; the code itself is sealed."""
    world = World()
    event = raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))
    ack(world, "crip", "edu-s", event)

    facts = {} if final is None else {"final": final}
    raw(
        world, "crip", "FEEDBACK", ("edu-s", "close_loop", "CODE.outcome"),
        re=[ref("edu-s", event)], **facts,
    )  # fmt: skip

    assert owed(world) == left


def test_a_later_stage_meets_an_acknowledgement_of_receipt() -> None:
    """Who says `accepted` has received."""
    world = World()
    event = raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))

    ack(world, "crip", "edu-s", event, "accepted")

    assert owed(world) == ["crip R39:final"]


def test_an_answer_in_another_case_discharges_nothing() -> None:
    """Same parties, same act, `re` named: but not this case's."""
    world = World()
    asked = raw(world, "crip", "EVALREQ", ("ase", "evaluate", "FACTS"))
    raw(world, "crip", "EVALREQ", ("ase", "evaluate", "FACTS"), case=OTHER)

    raw(
        world, "ase", "EVALREP", ("crip", "decide", "FACTS"),
        re=[ref("crip", asked)], case=OTHER,
    )  # fmt: skip

    assert owed(world, "ase") == ["ase R18", "ase R18"]


def test_an_urgent_report_of_the_crip_is_due_in_four_hours() -> None:
    """R12: four hours with a call, else two working days."""
    world = World()
    raw(world, "crip", "SIG", ("parq-civ", "seize_judge", "FACTS"))
    urgent = duty(world, "parq-civ", "ACK:received")["due"]
    raw(
        world, "crip", "SIG", ("parq-civ", "seize_judge", "FACTS"), case=OTHER,
        declared={"parents_told": "written"},
    )  # fmt: skip
    dues = sorted(one["due"] for one in world.duties("parq-civ") if one["act"] == "ACK:received")

    assert paris(world, urgent) == world.clock.now() + 4 * 3600
    assert paris(world, dues[1]) == paris(world, "2026-09-09 23:59:59")


def test_the_judge_owes_fifteen_days_only_after_an_emergency_order() -> None:
    """R23 opens it while the parquet's own eight days were running, not otherwise."""
    world = World()
    raw(world, "parq-civ", "ST", ("je", "seize_judge", "FACTS"), case=OTHER)
    without = owed(world)
    order = raw(
        world, "parq-civ", "MEASURE", ("ase", "execute_opp", "IDENTITY"), decided_on="2026-09-05"
    )  # fmt: skip
    eight = duty(world, "parq-civ", "R23")["due"]

    raw(world, "parq-civ", "ST", ("je", "seize_judge", "FACTS"), re=[ref("parq-civ", order)])

    assert without == []
    assert paris(world, eight) == paris(world, "2026-09-13 23:59:59")
    assert owed(world, "je") == ["je R26|R27"]
    assert paris(world, duty(world, "je", "R26|R27")["due"]) == paris(world, "2026-09-22 23:59:59")


@pytest.mark.parametrize(
    ("etype", "to"),
    [("MEASURE", ("ase", "execute", "IDENTITY")), ("MEASURE", ("pjj", "mjie", "IDENTITY"))],
)
def test_the_judge_rules_by_either_decision(etype: str, to: tuple[str, str, str]) -> None:
    """R26 or R27: neither reaches the parquet, so any addressee's `re` counts."""
    world = World()
    order = raw(world, "parq-civ", "MEASURE", ("ase", "execute_opp", "IDENTITY"))
    seized = raw(
        world, "parq-civ", "ST", ("je", "seize_judge", "FACTS"), re=[ref("parq-civ", order)]
    )  # fmt: skip

    raw(world, "je", etype, to, re=[ref("parq-civ", seized)])

    assert owed(world, "je") == []


def test_an_earlier_alert_that_comes_late_moves_the_clock() -> None:
    """The case clock is the earliest alert's day, whichever is routed first."""
    world = World()
    raw(world, "crip", "EVALREQ", ("ase", "evaluate", "FACTS"), received_on="2026-09-04")
    before = duty(world, "ase", "R18")["due"]

    world.clock.advance(3 * 86_400)
    raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))

    assert before == duty(world, "ase", "R18")["due"]  # received on Friday is earlier still
    assert paris(world, before) == paris(world, "2026-12-04 23:59:59")


def test_nobody_acknowledges_twice_or_for_another() -> None:
    """A stage once; only by a desk that was delivered it; never an acknowledgement itself."""
    world = World()
    event = raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))
    first = ack(world, "crip", "edu-s", event)

    again = ack(world, "crip", "edu-s", event)
    stranger = ack(world, "ase", "edu-s", event)
    echo = ack(world, "edu-s", "crip", first)

    assert decided(world, again, "edu-s")["reasons"] == ["stage_repeated"]
    assert decided(world, stranger, "edu-s")["reasons"] == ["not_delivered"]
    assert decided(world, echo, "crip")["reasons"] == ["not_delivered"]
    assert world.audit()["clean"]
