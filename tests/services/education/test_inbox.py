"""What a school is handed."""

from __future__ import annotations

from contracts.envelope.model import Ref
from services.education.inbox import arrival
from tests.services.mapping import slip


def test_questions_of_the_crip_come_with_the_record_that_answers_them() -> None:
    """R14: a title, the pupil, coded questions, and how to answer."""
    handed = arrival(
        slip("EVALREQ", "contribute", "edu-s", due="2026-12-11"),
        {"IDENTITY": {"first_name": "Chloé"}, "CODE.questions": {"questions": ["attendance"]}},
    )

    assert handed["title"] == {"fr": "Questions de la CRIP", "en": "Questions of the CRIP"}
    assert handed["from"] == "crip"
    assert handed["facts"] == {"due": "2026-12-11"}
    assert handed["expected"] == {
        "acknowledge": [],
        "answer_with": ["evaluation_contribution"],
    }
    assert handed["content"] == {
        "pupil": {"first_name": "Chloé"},
        "questions": {"questions": ["attendance"]},
    }


def test_an_absence_code_asks_for_a_receipt_alone() -> None:
    """R36."""
    handed = arrival(
        slip("MISSING", "absence_code", "edu-h-1", "ase"),
        {"CODE.absence": {"status": "returned", "since": "2026-11-30"}},
    )

    assert handed["expected"] == {"acknowledge": ["received"], "answer_with": []}


def test_a_withdrawal_asks_for_its_confirmation() -> None:
    """Whatever was withdrawn, the answer is the stage `withdrawn`."""
    withdrawn = Ref(iss="urn:relais:civil:desk:crip", jti="01939e3a-0000-7000-8000-000000000009")

    handed = arrival(slip("WITHDRAW", "withdraw", "edu-s", re=(withdrawn,)), {})

    assert handed["expected"]["acknowledge"] == ["withdrawn"]
    assert handed["answers"] == [{"issuer": "crip", "event": withdrawn.jti}]
