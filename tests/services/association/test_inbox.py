"""What an association is handed."""

from __future__ import annotations

from tests.services.mapping import handed, slip


def test_a_hearing_asks_for_a_yes_or_no() -> None:
    """R37."""
    item = handed(
        "association",
        slip("HEARING", "be_present", "asso", "pol"),
        {"PROCEDURE.hearing": {"at": 1796115600, "place": "Salle Mélanie"}},
    )

    assert item["expected"] == {"acknowledge": [], "answer_with": ["hearing_reply"]}
    assert item["content"] == {"hearing": "PROCEDURE.hearing"}


def test_a_referral_is_accepted_or_declined() -> None:
    """R19, R30."""
    item = handed(
        "association", slip("SPECREF", "specialist_followup", "asso", "ase", phase="start"), {}
    )

    assert item["expected"]["acknowledge"] == ["accepted", "declined"]
