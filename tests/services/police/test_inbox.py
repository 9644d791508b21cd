"""What the police are handed."""

from __future__ import annotations

from tests.services.mapping import handed, slip


def test_a_runaway_declaration_comes_with_what_searches() -> None:
    """R33: appearance, signs and flags, in the police's words."""
    item = handed(
        "police",
        slip("MISSING", "search", "pol", "home-1", phase="start"),
        {
            "IDENTITY.description": {"height_cm": 162},
            "RISK.flags": {"flags": ["exploitation"]},
            "HEALTH.vital": {"signs": ["insulin"]},
        },
    )

    assert item["title"]["fr"] == "Déclaration de fugue"
    assert set(item["content"]) == {"appearance", "flags", "signs"}
    assert item["expected"] == {"acknowledge": ["received"], "answer_with": ["found_minor"]}


def test_the_end_of_a_runaway_asks_for_no_answering_record() -> None:
    """`phase: end`."""
    item = handed("police", slip("MISSING", "search", "pol", "home-1", phase="end"), {})

    assert item["title"]["fr"] == "Fin d’une fugue"
    assert item["facts"] == {"phase": "end"}
    assert item["expected"]["answer_with"] == []
