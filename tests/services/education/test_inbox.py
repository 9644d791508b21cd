"""What a school is handed."""

from __future__ import annotations

from contracts.vocabulary.schema import Ref
from tests.services.mapping import handed, slip


def test_questions_of_the_crip_come_with_the_record_that_answers_them() -> None:
    """R14: a title, the pupil, coded questions, and how to answer."""
    item = handed(
        "education",
        slip("EVALREQ", "contribute", "edu-s", due="2026-12-11"),
        {"IDENTITY": {"first_name": "Chloé"}, "CODE.questions": {"questions": ["attendance"]}},
    )

    assert item["title"] == {"fr": "Questions de la CRIP", "en": "Questions of the CRIP"}
    assert item["from"] == "crip"
    assert item["facts"] == {"due": "2026-12-11"}
    assert item["expected"] == {
        "acknowledge": [],
        "answer_with": ["evaluation_contribution"],
    }
    assert item["content"] == {"pupil": "IDENTITY", "questions": "CODE.questions"}


def test_an_absence_code_asks_for_a_receipt_alone() -> None:
    """R36."""
    item = handed(
        "education",
        slip("MISSING", "absence_code", "edu-h-1", "ase"),
        {"CODE.absence": {"status": "returned", "since": "2026-11-30"}},
    )

    assert item["expected"] == {"acknowledge": ["received"], "answer_with": []}


def test_a_withdrawal_asks_for_its_confirmation() -> None:
    """Whatever was withdrawn, the answer is the stage `withdrawn`."""
    withdrawn = Ref(iss="urn:relais:civil:desk:crip", jti="01939e3a-0000-7000-8000-000000000009")

    item = handed("education", slip("WITHDRAW", "withdraw", "edu-s", re=(withdrawn,)), {})

    assert item["expected"]["acknowledge"] == ["withdrawn"]
    assert item["answers"] == [{"issuer": "crip", "event": withdrawn.jti}]
