"""The police's records: which field is which scope, on which bus, and what stays with them."""

from __future__ import annotations

import pytest

from tests.samples import drafts, sample
from tests.services.mapping import body, not_released, purposes, scopes_by_field


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            "minor_information",
            {
                "minor": "CONTACT IDENTITY",
                "parents": "CONTACT FAMILY",
                "finding_place": "LOCATION",
                "summary": "FACTS.summary",
                "statements": "PROCEDURE",
                "witnesses": "FACTS.third_party",
            },
        ),
        (
            "found_minor",
            {
                "minor": "IDENTITY",
                "finding_place": "LOCATION",
                "condition": "HEALTH.vital",
                "condition_note": "HEALTH.vital",
                "statements": "PROCEDURE",
            },
        ),
        (
            "hearing_notice",
            {
                "minor": "IDENTITY",
                "hearing": "PROCEDURE.hearing",
                "case_summary": "FACTS.summary",
                "suspects": "FACTS.third_party",
            },
        ),
        (
            "inquiry_report",
            {"minor": "IDENTITY", "procedure_number": "PROCEDURE", "report": "PROCEDURE"},
        ),
    ],
)
def test_fields_become_scopes(kind: str, expected: dict[str, str]) -> None:
    """Statements are PROCEDURE, witnesses and suspects third parties."""
    assert scopes_by_field(drafts("police", sample("police", kind), "POL")) == expected


def test_an_information_leaves_statements_witnesses_and_numbers_behind() -> None:
    """R07: the summary alone; the procedure number and the unit are the police's own."""
    (draft,) = drafts("police", sample("police", "minor_information"), "POL")

    assert purposes(draft) == {"crip": "assess"}
    assert not_released(draft, "crip") == {"PROCEDURE", "FACTS.third_party"}
    assert set(draft.unpublished) == {"procedure_number", "unit", "finding_place.at"}
    assert draft.declared is not None
    assert draft.declared.wire() == {"inquiry": True, "auth": "A" * 22}


def test_without_an_inquiry_none_is_declared_as_open() -> None:
    """`inquiry` is mandatory for R07 and R35, and false is an answer."""
    record = sample("police", "minor_information", inquiry_open=False, authorisation=None)

    (draft,) = drafts("police", record, "POL")

    assert draft.declared is not None
    assert draft.declared.wire() == {"inquiry": False}


def test_a_found_minor_goes_to_the_home_that_declared_and_the_ase() -> None:
    """R35: place and state, no statement; `closed` is the cover's clear `final`."""
    (draft,) = drafts("police", sample("police", "found_minor"), "POL")

    assert purposes(draft) == {"home-1": "return", "ase": "return"}
    assert not_released(draft, "home-1") == {"PROCEDURE"}
    assert draft.facts == {"final": True}
    assert body(draft, "ase", "LOCATION") == {
        "place": "Hôtel CANARY, chambre 12",
        "kind": "hotel",
        "city": "Pantin CANARY",
        "seen": "found",
        "at": 1795732200,
    }


def test_a_hearing_notice_says_when_and_where_and_no_more() -> None:
    """R37: neither facts nor suspects; on the civil bus, and naming nothing criminal."""
    (draft,) = drafts("police", sample("police", "hearing_notice"), "POL")

    assert draft.realm == "civil"
    assert not_released(draft, "asso") == {"FACTS.summary", "FACTS.third_party"}
    assert body(draft, "asso", "PROCEDURE.hearing") == {
        "at": 1796115600,
        "place": "Salle Mélanie, commissariat CANARY",
        "duration_minutes": 60,
    }


def test_a_report_to_the_parquet_is_an_attempt_on_the_criminal_bus() -> None:
    """No clause has it: an open question of the convention."""
    (draft,) = drafts("police", sample("police", "inquiry_report"), "POL")

    assert (draft.realm, purposes(draft)) == ("criminal", {"parq-crim": None})
