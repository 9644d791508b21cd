"""A school's records: which field is which scope, and what no clause lets out."""

from __future__ import annotations

import pytest

from tests.samples import drafts, filed, sample
from tests.services.mapping import body, not_released, purposes, scopes_by_field

DESCRIBED = {
    "pupil": "CONTACT IDENTITY",
    "parents": "CONTACT FAMILY",
    "siblings": "FAMILY",
    "family_situation": "FAMILY",
    "establishment": "SCHOOLING",
    "absences": "SCHOOLING",
    "remarks": "SCHOOLING",
    "observations": "FACTS",
    "named_persons": "FACTS.third_party",
    "appraisal": "RISK",
    "signs": "HEALTH.vital",
    "nurse_note": "HEALTH.vital",
    "medical_file": "HEALTH",
}
GRAVE = DESCRIBED | {"known_measure": "MEASURE", "place": "LOCATION"}
SHARED = ("establishment", "absences", "remarks", "observations", "named_persons", "appraisal")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("information_preoccupante", DESCRIBED),
        ("signalement", GRAVE),
        ("signalement_copy", GRAVE),
        ("police_notification", DESCRIBED),
        (
            "evaluation_contribution",
            {name: DESCRIBED[name] for name in SHARED}
            | {"pupil": "IDENTITY", "medical_file": "HEALTH"},
        ),
    ],
)
def test_fields_become_scopes(kind: str, expected: dict[str, str]) -> None:
    """A head teacher's nurse's note is HEALTH.vital, a classmate's name FACTS.third_party."""
    assert scopes_by_field(drafts("education", sample("education", kind), "EDU-S")) == expected


def test_a_head_teacher_s_appraisal_and_health_notes_stay_and_the_school_s_codes_are_internal() -> (
    None
):
    """R02 releases neither RISK nor HEALTH to anybody; UAI, INE and class are the school's own."""
    (draft,) = drafts("education", sample("education", "information_preoccupante"), "EDU-H")

    assert purposes(draft) == {"crip": "assess"}
    assert not_released(draft, "crip") == {"RISK", "HEALTH", "HEALTH.vital", "FACTS.third_party"}
    assert set(draft.unpublished) == {"pupil.ine", "establishment.uai", "establishment.form"}


def test_the_social_service_says_more_than_the_head_teacher() -> None:
    """R01 releases RISK and vital signs, never the full file."""
    (draft,) = drafts("education", sample("education", "information_preoccupante"), "EDU-S")

    assert not_released(draft, "crip") == {"HEALTH", "FACTS.third_party"}
    assert draft.declared is not None
    assert draft.declared.wire() == {"informed": {"parents": "informed", "minor": "informed"}}


def test_a_signalement_and_its_copy_are_one_event() -> None:
    """R08 or R09 to the parquet, R11 to the CRIP, after a call."""
    (draft,) = drafts("education", sample("education", "signalement"), "EDU-S")

    assert draft.etype == "SIG"
    assert purposes(draft) == {"parq-civ": "protect_now", "crip": "avoid_duplicates"}
    assert not_released(draft, "parq-civ") == {"HEALTH", "MEASURE"}
    assert not_released(draft, "crip") == {"HEALTH", "MEASURE"}
    assert draft.declared is not None
    assert draft.declared.wire() == {
        "informed": {"parents": "exempted_family", "minor": "informed"},
        "call": {"to": "duty_magistrate", "at": 1795797600, "ref": "A" * 22},
        "danger": True,
    }


def test_a_later_copy_names_the_signalement() -> None:
    """R11 with `re`."""
    (draft,) = drafts("education", sample("education", "signalement_copy"), "EDU-H")

    assert purposes(draft) == {"crip": "avoid_duplicates"}
    assert [ref.wire() for ref in draft.to[0].re] == [
        {"iss": "urn:relais:civil:desk:edu-s", "jti": "01939e3a-0000-7000-8000-000000000001"}
    ]


def test_a_note_to_the_police_has_no_purpose() -> None:
    """No clause lets education write to them (rules §9)."""
    (draft,) = drafts("education", sample("education", "police_notification"), "EDU-H")

    assert purposes(draft) == {"pol": None}
    assert draft.declared is None


def test_bodies_say_what_the_record_said() -> None:
    """Field by field, in the words of the scope."""
    record = filed("education", "information_preoccupante", "EDU-S", "x")

    (draft,) = drafts("education", record, "EDU-S")

    assert body(draft, "crip", "IDENTITY") == {
        "name": "Martin x",
        "first_name": "Chloé x",
        "birth_date": "2011-05-14",
        "sex": "female",
    }
    assert body(draft, "crip", "SCHOOLING") == {
        "establishment": "Collège x",
        "level": "3e",
        "half_days_absent": 14,
        "half_days_unjustified": 11,
        "absent_since": "2026-10-05",
        "remarks": "x: marks fell since October.",
    }
    assert body(draft, "crip", "FACTS.third_party") == {
        "persons": [{"name": "Inès Petit x", "role": "peer", "link": "x: rumour of the same"}]
    }
    assert [point["who"] for point in body(draft, "crip", "CONTACT")["points"]] == [
        "minor",
        "mother",
    ]


def test_a_small_record_makes_a_small_event() -> None:
    """What is absent fills no scope."""
    record = {
        "kind": "information_preoccupante",
        "reference": "r",
        "pupil": {"first_name": "Chloé"},
    }

    (draft,) = drafts("education", record, "EDU-H")

    assert set(draft.to[0].portions) == {"IDENTITY"}
    assert draft.unpublished == {}
