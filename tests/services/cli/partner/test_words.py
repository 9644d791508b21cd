"""What a service answers in codes, said to people in words, and its instants in Paris time."""

from __future__ import annotations

import pytest

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
        {"id": "1", "act": "ACK:received", "to": "edu-s", "due": "2026-10-02T14:05:00Z", "legal": False, "state": "closed"},
        {"id": "2", "act": "R39:final", "to": "edu-s", "due": "2026-10-03T12:05:00Z", "legal": True, "state": "open"},
    ],
}  # fmt: skip


def test_an_arrival_tells_what_is_still_owed_and_nothing_else() -> None:
    """What has been done is owed no more; the deadline says until when, in Paris."""
    lines = told(ITEM, "fr").splitlines()

    owed = [line for line in lines if line.strip().startswith("dû")]
    assert len(owed) == 1
    assert owed[0].endswith(f"au plus tard le 3{NB}octobre 2026 à 14{NB}h{NB}05")
    assert "R39" in owed[0]


def test_an_arrival_is_told_in_words() -> None:
    """Scopes, members and coded values; what an author wrote stays as it is written."""
    french, english = told(ITEM, "fr"), told(ITEM, "en")

    assert f"niveau{NB}: élevé" in french
    assert f"indices de danger{NB}: violences" in french
    assert f"appréciation{NB}: high" in french  # free text, whatever it says
    assert f"lieu{NB}: home" in french
    assert f"observé le{NB}: 1er{NB}octobre 2026" in french
    assert f"date{NB}: 21{NB}septembre 2026 à 16{NB}h{NB}13" in french
    assert "level: high" in english
    assert not {"RISK:", "FACTS:", "flags:", "observed_on:"} & set((french + english).split())


def test_reasons_are_told_once_for_all_that_they_hold_back() -> None:
    """Scopes of one reason stand together; a code without words is shown as it is."""
    rows = [
        {"scope": "HEALTH", "reasons": ["not_permitted"]},
        {"scope": "FAMILY", "reasons": ["not_permitted"]},
        {"scope": "RISK", "reasons": ["of_tomorrow"]},
    ]

    assert [*words.left(rows, "en")] == [
        (
            "health (full data); family (parental authority, siblings)",
            "the clause does not provide for this data for this recipient",
        ),
        ("appraisal of danger", "of_tomorrow"),
    ]


@pytest.mark.parametrize(
    ("duty", "said"),
    [
        ({"state": "open", "overdue": False}, "à faire"),
        ({"state": "open", "overdue": True}, "en retard"),
        ({"state": "closed", "overdue": False, "in_time": True}, "fait"),
        ({"state": "closed", "overdue": False, "in_time": False}, "fait en retard"),
        ({"state": "closed", "overdue": False}, "clos"),
    ],
)
def test_a_duty_says_whether_it_waits(duty: dict[str, object], said: str) -> None:
    """`due` is no state: what waits is to be done."""
    assert words.state(duty).say("fr") == said


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("fr", ("Information préoccupante, de edu-s", "n’est plus là", "effacer")),
        ("en", ("Child-concern alert, from edu-s", "no longer there", "erased")),
    ],
)
def test_an_arrival_that_was_erased_is_told_without_codes(lang: str, said: tuple[str, ...]) -> None:
    """Its kind by name, and why nothing of it can be read."""
    item = {
        "delivered_at": "2026-11-26T21:09:32Z", "type": "IP", "from": "edu-s", "event": "e-1",
        "case": "c-1", "realm": "civil", "error": "not_kept",
    }  # fmt: skip

    text = told(item, lang)

    assert [words for words in said if words not in text] == []
    assert "not_kept" not in text
