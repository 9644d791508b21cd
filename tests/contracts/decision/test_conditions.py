"""Conditions (rules §6): nothing more is asked than the page says; what a part and a copy hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.decision.asking import EVERYTHING
from tests.contracts.decision.playing import MONDAY, Played, play, prepared, without


@pytest.mark.parametrize(
    ("clause", "declared"),
    [
        ("R12", without("call", "auth")),  # the call changes the deadline alone
        ("R12", EVERYTHING | {"parents_told": "deferred"}),
        ("R07", without("auth")),  # there is no inquiry
        ("R07", EVERYTHING | {"inquiry": True}),
        ("R29", EVERYTHING
         | {"informed": {"parents": "exempted_family", "minor": "exempted_maturity"}}),
        ("R26:MO", without("call", "informed", "parents_agree")),
    ],
)  # fmt: skip
def test_nothing_more_is_asked_than_the_page_says(clause: str, declared: dict[str, Any]) -> None:
    """Written to the parents, an exemption, an inquiry that is authorised."""
    played = prepared(clause, MONDAY)

    played.act(MONDAY, clause, declared=declared)

    assert not played.refused, played.reasons


def test_a_part_sealed_for_another_retention_class_is_withheld() -> None:
    """Its recipient could read it longer than the clause says."""
    played = Played()
    to = [{"role": "CRIP", "purpose": "assess", "scopes": ("FACTS",), "keep": "P90"}]

    played.say(MONDAY, "EDU-S", "IP", to, declared=EVERYTHING)

    assert played.outcome().withheld == {"FACTS": ("wrong_retention",)}


def test_a_copy_holds_no_scope_that_the_signalement_did_not_release() -> None:
    """Facts were reported, a place was not."""
    played = play("R09")
    copy = {"role": "CRIP", "purpose": "avoid_duplicates", "scopes": ("FACTS", "LOCATION")}

    played.say(MONDAY, "EDU-S", "SIG", [copy | {"re": (played.ref(1),)}])

    assert played.outcome().released == ("FACTS",)
    assert played.outcome().withheld == {"LOCATION": ("not_in_original",)}
