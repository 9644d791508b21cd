"""The conditions (rules §6): which clause asks what, and exactly what is read."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.decision.decide import decide
from tests.contracts.decision.asking import (
    AT,
    CONVENTION,
    DIRECTORIES,
    EVERYTHING,
    event,
    fresh,
)  # fmt: skip
from tests.contracts.decision.playing import MONDAY, Played, prepared


def without(changed: dict[str, Any]) -> dict[str, Any]:
    """Everything declared, but for this."""
    return {name: value for name, value in (EVERYTHING | changed).items() if value is not None}


@pytest.mark.parametrize(
    ("clause", "changed"),
    [
        # the call changes the deadline alone
        ("R12", {"call": None, "parents_told": "written", "auth": None}),
        ("R12", {"parents_told": "deferred"}),
        ("R07", {"inquiry": False, "auth": None}),
        ("R07", {"inquiry": True}),
        ("R29", {"informed": {"parents": "exempted_family", "minor": "exempted_maturity"}}),
        ("R26", {"call": None, "informed": None, "parents_agree": None}),
        ("R38", {"informed": None}),
    ],
)  # fmt: skip
def test_nothing_more_is_asked_than_the_page_says(clause: str, changed: dict[str, Any]) -> None:
    """Written to the parents, an exemption, an inquiry that is authorised."""
    played = prepared(clause, MONDAY)

    played.act(MONDAY, clause, declared=without(changed))

    assert not played.refused, played.reasons


def test_a_notice_to_the_judge_wants_a_measure_declared_or_a_judge_in_the_case() -> None:
    """R24: either is enough."""
    bare: dict[str, Any] = {"declared": without({"measure_open": None})}
    nobody, judged, declared = Played(), Played(), Played()
    judged.act(MONDAY, "R26")

    for played, more in ((nobody, bare), (judged, bare), (declared, {})):
        played.act(MONDAY, "R24", **more)

    assert nobody.reasons == [("no_open_measure",)]
    assert not judged.refused
    assert not declared.refused


# Copies


def test_a_part_sealed_for_another_retention_class_is_withheld() -> None:
    """Its recipient could read it longer than the clause says."""
    to = [{"role": "CRIP", "purpose": "assess", "scopes": ("FACTS",), "keep": "P90"}]
    sent = event("EDU-S", "IP", to, declared=EVERYTHING)

    (outcome,) = decide(CONVENTION, DIRECTORIES["civil"], fresh(), sent, AT).outcomes

    assert outcome.withheld == {"FACTS": ("wrong_retention",)}


def test_a_copy_holds_no_scope_that_the_signalement_did_not_release() -> None:
    """Facts were reported, a place was not."""
    played = Played()
    report = played.act(MONDAY, "R09")
    copy = {"role": "CRIP", "purpose": "avoid_duplicates", "scopes": ("FACTS", "LOCATION")}
    to: list[dict[str, Any]] = [copy | {"re": (played.ref(report),)}]

    played.say(MONDAY, "EDU-S", "SIG", to)

    assert played.last is not None
    assert played.last.outcomes[0].released == ("FACTS",)
    assert played.last.outcomes[0].withheld == {"LOCATION": ("not_in_original",)}


@pytest.mark.parametrize("order", [("R09", "R11"), ("R11", "R09")])
def test_a_copy_in_the_same_event_is_held_against_the_signalement_of_it(
    order: tuple[str, str],
) -> None:
    """Whichever addressee stands first."""
    played = Played()

    played.act(MONDAY, *order)

    assert played.reasons == [(), ()]


def test_without_a_signalement_of_ones_own_there_is_nothing_to_copy() -> None:
    """None at all, another's, an alert, one that was withheld in the same event."""
    played = Played()
    other = played.act(MONDAY, "R08")
    alert = played.act(MONDAY, "R01")

    for re in ((), (other,), (alert,)):
        played.act(MONDAY, "R11", re=re)
        assert played.reasons == [("not_a_copy",)], re
    played.act(MONDAY, "R09", "R11", declared=without({"call": None}))

    assert played.reasons == [("no_call",), ("not_a_copy",)]
