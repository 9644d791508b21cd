"""What an association is handed."""

from __future__ import annotations

from services.association.inbox import arrival
from tests.services.mapping import slip


def test_a_hearing_asks_for_a_yes_or_no() -> None:
    """R37."""
    handed = arrival(
        slip("HEARING", "be_present", "asso", "pol"),
        {"PROCEDURE.hearing": {"at": 1796115600, "place": "Salle Mélanie"}},
    )

    assert handed["expected"] == {"acknowledge": [], "answer_with": ["hearing_reply"]}
    assert handed["content"] == {"hearing": {"at": 1796115600, "place": "Salle Mélanie"}}


def test_a_referral_is_accepted_or_declined() -> None:
    """R19, R30."""
    handed = arrival(slip("SPECREF", "specialist_followup", "asso", "ase", phase="start"), {})

    assert handed["expected"]["acknowledge"] == ["accepted", "declined"]
