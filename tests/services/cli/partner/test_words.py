"""What a service answers in codes, said to people in words, and its instants in Paris time."""

from __future__ import annotations

from services.cli.partner import words
from services.cli.partner.inbox import _text as told

NB = "\u00a0"
ITEM = {
    "event": "e-1", "case": "c-1", "realm": "civil", "from": "edu-s", "type": "IP",
    "delivered_at": "2026-10-02T12:05:00Z",
    "parts": {
        "RISK": {"level": "high", "flags": ["violence"], "appraisal": "high"},
        "FACTS": {"facts": [{"observed": "Pleure.", "observed_on": "2026-10-01"}]},
        "PROCEDURE.hearing": {"at": 1_790_000_000, "place": "home"},
    },
    "owes": [
        {"id": "1", "act": "ACK:received", "to": "edu-s", "due": "2026-10-02T14:05:00Z",
        "legal": False, "state": "closed"},
        {"id": "2", "act": "R39:final", "to": "edu-s", "due": "2026-10-03T12:05:00Z",
        "legal": True, "state": "open"},
    ],
}  # fmt: skip


def test_an_arrival_is_told_in_words() -> None:
    """Scopes, members and coded values; what an author wrote stays as it is written."""
    english = told(ITEM)

    assert f"observed on: 1{NB}October 2026" in english
    assert "level: high" in english
    assert not {"RISK:", "FACTS:", "flags:", "observed_on:"} & set(english.split())


def test_reasons_are_told_once_for_all_that_they_hold_back() -> None:
    """Scopes of one reason stand together; a code without words is shown as it is."""
    rows = [
        {"scope": "HEALTH", "reasons": ["not_permitted"]},
        {"scope": "FAMILY", "reasons": ["not_permitted"]},
        {"scope": "RISK", "reasons": ["of_tomorrow"]},
    ]

    assert [*words.left(rows)] == [
        (
            "health (full data); family (parental authority, siblings)",
            "the clause does not provide for this data for this recipient",
        ),
        ("appraisal of danger", "of_tomorrow"),
    ]


def test_an_arrival_that_was_erased_is_told_without_codes() -> None:
    """Its kind by name, and why nothing of it can be read."""
    item = {
        "delivered_at": "2026-11-26T21:09:32Z", "type": "IP", "from": "edu-s", "event": "e-1",
        "case": "c-1", "realm": "civil", "error": "not_kept",
    }  # fmt: skip

    text = told(item)

    assert "Child-concern alert, from edu-s" in text
    assert "erased" in text
    assert "not_kept" not in text
