"""What the Département's desks are handed."""

from __future__ import annotations

from services.child_welfare.inbox import arrival
from tests.services.mapping import slip


def test_a_concern_comes_with_what_the_crip_owes() -> None:
    """R01 to R05, R07: a receipt, then an outcome."""
    handed = arrival(
        slip("IP", "assess", "crip", "psp"),
        {"IDENTITY": {"first_name": "Chloé"}, "FACTS": {"facts": []}},
    )

    assert handed["title"]["en"] == "Concern about a child"
    assert handed["expected"]["acknowledge"] == ["received"]
    assert "feedback" in handed["expected"]["answer_with"]
    assert set(handed["content"]) == {"child", "observations"}


def test_an_act_that_the_agency_does_not_know_still_arrives() -> None:
    """A later convention may release another act: it is shown by its type."""
    handed = arrival(slip("IP", "another", "crip", "psp"), {"STAT.counts": {"cells": []}})

    assert handed["title"]["en"] == "Another event"
    assert (handed["type"], handed["purpose"]) == ("IP", "another")
    assert set(handed["content"]) == {"STAT.counts"}
