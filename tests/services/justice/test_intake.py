"""Justice's records: two hats, two buses, and what never leaves the criminal file."""

from __future__ import annotations

import pytest

from contracts.errors import IntakeError
from tests.samples import drafts, filed, sample
from tests.services.mapping import body, not_released, purposes, scopes_by_field

FAMILY = {
    "minor": "CONTACT IDENTITY",
    "parents": "CONTACT FAMILY",
    "siblings": "FAMILY",
    "family_situation": "FAMILY",
}
CASE = {"observations": "FACTS", "appraisal": "RISK"}
SLIP = (
    FAMILY
    | CASE
    | {
        "exploiters": "FACTS.third_party",
        "health_note": "HEALTH.vital",
        "whereabouts": "LOCATION",
        "qualification": "PROCEDURE",
        "acts": "PROCEDURE",
    }
)


@pytest.mark.parametrize(
    ("kind", "role", "expected"),
    [
        (
            "soit_transmis",
            "PARQ-CIV",
            SLIP
            | {"instruction": "FACTS.summary", "request": "FACTS.summary", "due": "FACTS.summary"},
        ),
        (
            "soit_transmis",
            "PARQ-CRIM",
            SLIP
            | {
                "instruction": "PROCEDURE",
                "due": "PROCEDURE",
                "parquet_number": "PROCEDURE PROCEDURE.reference",
            },
        ),
        (
            "judge_seizure",
            "PARQ-CIV",
            FAMILY
            | CASE
            | {
                "requested": "MEASURE",
                "in_force": "MEASURE",
                "custodian": "MEASURE",
                "opp_decided_on": "MEASURE",
                "criminal_file": "PROCEDURE",
            },
        ),
        (
            "notice_706_49",
            "PARQ-CRIM",
            {
                "minor": "IDENTITY",
                "parquet_number": "PROCEDURE.reference",
                "documents": "PROCEDURE",
            },
        ),
        (
            "opp",
            "PARQ-CIV",
            FAMILY
            | {
                "decided_on": "MEASURE",
                "custodian": "MEASURE",
                "terms": "MEASURE",
                "whereabouts": "LOCATION",
                "safety_note": "RISK.safety",
                "suspects": "FACTS.third_party",
            },
        ),
        (
            "decision",
            "JE",
            FAMILY
            | dict.fromkeys(
                ("measure", "decided_on", "starts_on", "ends_on", "custodian", "terms"), "MEASURE"
            )
            | {"grounds": "FACTS"},
        ),
        (
            "mjie_order",
            "JE",
            FAMILY
            | {
                "decided_on": "MEASURE",
                "ends_on": "MEASURE",
                "questions": "CODE.questions",
                "named_persons": "FACTS.third_party",
            },
        ),
        (
            "investigation_report",
            "PJJ",
            FAMILY
            | CASE
            | {
                "schooling": "SCHOOLING",
                "signs": "HEALTH.vital",
                "health_note": "HEALTH.vital",
                "proposed": "MEASURE.proposal",
                "proposal": "MEASURE.proposal",
            },
        ),
        ("measure_end", "JE", {"measure": "MEASURE", "ended_on": "MEASURE"}),
        (
            "department_feedback",
            "PARQ-CIV",
            {
                "status": "PROCEDURE.status",
                "since": "PROCEDURE.status",
                "measure": "MEASURE",
                "custodian": "MEASURE",
                "inquiry_acts": "PROCEDURE",
                "suspects": "FACTS.third_party",
            },
        ),
        (
            "report_outcome",
            "PARQ-CIV",
            {"outcome": "CODE.outcome", "on": "CODE.outcome", "explanation": "FACTS.summary"},
        ),
    ],
)
def test_fields_become_scopes(kind: str, role: str, expected: dict[str, str]) -> None:
    """Field by field, for the hat that writes."""
    assert scopes_by_field(drafts("justice", filed("justice", kind, role), role)) == expected


def test_the_criminal_hat_writes_to_the_police_on_the_criminal_bus_and_to_the_judge_on_the_civil() -> (
    None
):
    """R21 and R24 from one record; nothing of one bus in the other."""
    investigate, notice = drafts("justice", sample("justice", "soit_transmis"), "PARQ-CRIM")

    assert (investigate.realm, purposes(investigate)) == ("criminal", {"pol": "investigate"})
    assert not_released(investigate, "pol") == {"FAMILY", "RISK", "HEALTH.vital"}
    assert body(investigate, "pol", "PROCEDURE")["asked"] == ["hear_minor", "identify_exploiter"]
    assert (notice.realm, purposes(notice)) == ("civil", {"je": "notice_706_49"})
    assert not_released(notice, "je") == set()
    assert set(notice.to[0].portions) == {"IDENTITY", "PROCEDURE.reference"}
    assert notice.declared is not None
    assert notice.declared.wire() == {"measure_open": True}


def test_the_civil_hat_s_instruction_is_the_minimum() -> None:
    """R22: identity, contact, a summary with what is asked and by when; the number stays."""
    (draft,) = drafts("justice", sample("justice", "soit_transmis"), "PARQ-CIV")

    assert (draft.realm, purposes(draft)) == ("civil", {"crip": "evaluate"})
    assert set(draft.to[0].portions) - not_released(draft, "crip") == {
        "IDENTITY",
        "CONTACT",
        "FACTS.summary",
    }
    assert draft.facts == {"due": "2026-12-18"}
    assert "parquet_number" in draft.unpublished
    assert body(draft, "crip", "FACTS.summary")["due"] == "2026-12-18"


def test_an_instruction_to_the_crip_says_by_when() -> None:
    """The CRIP's answer falls due on the cover's date; the error names the record's own field."""
    record = sample("justice", "soit_transmis", due=None)

    with pytest.raises(IntakeError, match="field_missing") as caught:
        drafts("justice", record, "PARQ-CIV")

    assert caught.value.place == "due"


def test_an_opp_carries_its_day_clear_and_sealed() -> None:
    """R25: the eight days run from it; suspects stay with the parquet."""
    (draft,) = drafts("justice", sample("justice", "opp"), "PARQ-CIV")

    assert purposes(draft) == {"ase": "execute_opp", "home-1": "execute_opp"}
    assert draft.facts == {"decided_on": "2026-11-27", "phase": "start"}
    assert body(draft, "home-1", "MEASURE")["decided_on"] == "2026-11-27"
    assert not_released(draft, "home-1") == {"CONTACT", "FACTS.third_party"}


def test_a_seizure_gives_the_judge_everything_but_the_criminal_file() -> None:
    """R23."""
    (draft,) = drafts("justice", sample("justice", "judge_seizure"), "PARQ-CIV")

    assert not_released(draft, "je") == {"PROCEDURE"}
    assert len(draft.to[0].re) == 1


@pytest.mark.parametrize(
    ("measure", "desks"),
    [
        ("placement", {"ase", "home-1"}),
        ("aemo_reinforced", {"ase", "mo"}),
        ("third_party_custody", {"ase"}),
    ],
)
def test_a_decision_goes_to_those_who_carry_it_out(measure: str, desks: set[str]) -> None:
    """R26, by measure; grounds are not copied to partners (CPC 1187)."""
    (draft,) = drafts("justice", sample("justice", "decision", measure=measure), "JE")

    assert purposes(draft) == dict.fromkeys(desks, "execute")
    assert not_released(draft, "ase") == {"FACTS"}
    assert draft.facts["ends_on"] == "2027-06-08"


def test_a_home_based_measure_needs_its_end() -> None:
    """The report to the judge falls due fifteen days before it."""
    record = sample("justice", "decision", measure="aemo", ends_on=None)

    with pytest.raises(IntakeError, match="incomplete"):
        drafts("justice", record, "JE")


def test_an_end_names_what_it_ends() -> None:
    """`phase: end` with `ends`."""
    (draft,) = drafts("justice", sample("justice", "measure_end"), "JE")

    assert draft.facts == {"phase": "end"}
    assert [ref.iss for ref in draft.ends] == ["urn:relais:civil:desk:je"]


def test_outcomes_are_codes_on_the_bus_of_their_author() -> None:
    """R41: civil to who reported, criminal to the police; the explanation is left out."""
    (civil,) = drafts("justice", filed("justice", "report_outcome", "PARQ-CIV"), "PARQ-CIV")
    (police,) = drafts("justice", filed("justice", "report_outcome", "PARQ-CRIM"), "PARQ-CRIM")

    assert (civil.realm, purposes(civil)) == ("civil", {"edu-s": "close_loop"})
    assert (police.realm, purposes(police)) == ("criminal", {"pol": "close_loop"})
    assert not_released(police, "pol") == {"FACTS.summary"}
    assert police.to[0].re[0].iss == "urn:relais:criminal:desk:parq-crim"


def test_feedback_to_the_departement_is_status_and_measure() -> None:
    """R40: neither acts nor suspects."""
    (draft,) = drafts("justice", sample("justice", "department_feedback"), "PARQ-CIV")

    assert not_released(draft, "crip") == {"PROCEDURE", "FACTS.third_party"}
