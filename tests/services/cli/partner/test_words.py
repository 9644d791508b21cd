"""What an inbox holds in codes, said to people in words."""

from __future__ import annotations

from typing import Any, Final

from services.cli.partner.inbox import _text as told

ITEM: Final[dict[str, Any]] = {
    "event": "e-1", "case": "c-1", "realm": "civil", "from": "edu-s", "type": "IP",
    "delivered_at": "2026-10-02T12:05:00Z",
}  # fmt: skip


def test_an_arrival_is_told_in_words() -> None:
    """Scopes, members and coded values; what an author wrote stays as it is written."""
    parts = {
        "RISK": {"level": "high", "flags": ["violence"], "appraisal": "high"},
        "FACTS": {"facts": [{"observed": "Pleure.", "observed_on": "2026-10-01"}]},
        "PROCEDURE.hearing": {"at": 1_790_000_000, "place": "home"},
    }

    english = told(ITEM | {"parts": parts, "owes": []})

    assert "observed on: 1\u00a0October 2026" in english
    assert "level: high" in english
    assert not {"RISK:", "FACTS:", "flags:", "observed_on:"} & set(english.split())


def test_an_arrival_that_was_erased_is_told_without_codes() -> None:
    """Its kind by name, and why nothing of it can be read."""
    text = told(ITEM | {"error": "not_kept"})

    assert "Child-concern alert, from edu-s" in text
    assert "erased" in text
    assert "not_kept" not in text
