"""What the court is handed."""

from __future__ import annotations

from contracts.vocabulary.conditions import Call, SlipDeclared
from tests.services.mapping import handed, slip


def test_a_signalement_comes_with_the_call_and_the_records_that_answer_it() -> None:
    """R08 to R10: receipt within two hours, outcome later."""
    call = Call(to="duty_magistrate", at=1795797600, ref="A" * 22)
    item = handed(
        "justice",
        slip("SIG", "protect_now", "parq-civ", "edu-h-1", declared=SlipDeclared(call=call)),
        {"IDENTITY": {"first_name": "Chloé"}, "LOCATION": {"place": "Gare", "kind": "station"}},
    )

    assert item["title"]["fr"] == "Signalement"
    assert item["content"] == {"minor": "IDENTITY", "place": "LOCATION"}
    assert item["expected"]["acknowledge"] == ["received"]
    assert "report_outcome" in item["expected"]["answer_with"]
    assert item["facts"]["declared"]["call"]["at"] == 1795797600


def test_an_order_of_investigation_asks_for_its_start() -> None:
    """R27."""
    item = handed("justice", slip("MEASURE", "mjie", "pjj", "je", ends_on="2027-06-08"), {})

    assert item["expected"] == {
        "acknowledge": ["started"],
        "answer_with": ["investigation_report"],
    }
    assert item["facts"] == {"ends_on": "2027-06-08"}
