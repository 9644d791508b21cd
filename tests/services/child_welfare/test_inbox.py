"""What the Département's desks are handed."""

from __future__ import annotations

from tests.services.mapping import handed, slip


def test_a_concern_comes_with_what_the_crip_owes() -> None:
    """R01 to R05, R07: a receipt, then an outcome."""
    item = handed(
        "child_welfare",
        slip("IP", "assess", "crip", "psp"),
        {"IDENTITY": {"first_name": "Chloé"}, "FACTS": {"facts": []}},
    )

    assert item["title"]["en"] == "Child-concern alert"
    assert item["expected"]["acknowledge"] == ["received"]
    assert "feedback" in item["expected"]["answer_with"]
    assert set(item["content"]) == {"child", "observations"}


def test_an_act_that_the_agency_does_not_know_still_arrives() -> None:
    """A later convention may release another act: it is shown by its type."""
    item = handed(
        "child_welfare", slip("IP", "another", "crip", "psp"), {"STAT.counts": {"cells": []}}
    )
    unheard_of = handed("child_welfare", slip("NEWS", "another", "crip", "psp"), {})

    assert item["title"]["en"] == "Child-concern alert"
    assert unheard_of["title"]["en"] == "Another event"
    assert (item["type"], item["purpose"]) == ("IP", "another")
    assert set(item["content"]) == {"STAT.counts"}
