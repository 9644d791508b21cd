"""The associations' records: which field is which scope, and what stays in confidence."""

from __future__ import annotations

import pytest

from tests.samples import drafts, sample
from tests.services.mapping import body, not_released, purposes, scopes_by_field

MET = {
    "young_person": "CONTACT IDENTITY",
    "parents": "CONTACT FAMILY",
    "observations": "FACTS",
    "peers": "FACTS.third_party",
    "appraisal": "RISK",
    "signs": "HEALTH.vital",
    "signs_note": "HEALTH.vital",
}
PLACED = MET | {"meeting_place": "LOCATION"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("information_preoccupante", PLACED),
        ("signalement", PLACED),
        ("signalement_copy", PLACED),
        (
            "evaluation_report",
            MET | {"proposed": "MEASURE.proposal", "proposal": "MEASURE.proposal"},
        ),
        (
            "progress_report",
            {
                "month": "MEASURE.attendance",
                "planned": "MEASURE.attendance",
                "kept": "MEASURE.attendance",
                "appraisal": "RISK",
                "confidences": "FACTS",
            },
        ),
        ("hearing_reply", {"attends": "CODE.attendance", "said_by_minor": "FACTS"}),
    ],
)
def test_fields_become_scopes(kind: str, expected: dict[str, str]) -> None:
    """Field by field."""
    assert scopes_by_field(drafts("association", sample("association", kind), "ASSO")) == expected


@pytest.mark.parametrize(
    ("kind", "role", "desk", "left_out"),
    [
        (
            "information_preoccupante",
            "PSP",
            "crip",
            {"FAMILY", "FACTS.third_party", "HEALTH.vital", "LOCATION"},
        ),
        ("information_preoccupante", "ASSO", "crip", {"FAMILY", "FACTS.third_party", "LOCATION"}),
        ("signalement", "ASSO", "parq-civ", {"FAMILY", "RISK"}),
        ("signalement", "PSP", "crip", {"FAMILY", "RISK"}),
        ("evaluation_report", "ASSO", "ase", {"IDENTITY", "FAMILY", "FACTS.third_party"}),
        ("progress_report", "ASSO", "ase", {"FACTS"}),
        ("hearing_reply", "ASSO", "pol", {"FACTS"}),
    ],
)
def test_what_no_clause_lets_out_is_left_out(
    kind: str, role: str, desk: str, left_out: set[str]
) -> None:
    """R04's peers and places, R05's peers, R38's every word."""
    (draft,) = drafts("association", sample("association", kind), role)

    assert not_released(draft, desk) == left_out


def test_confidences_and_the_association_s_own_numbers_are_internal() -> None:
    """A confidence without a link to a danger is no fact for anybody else."""
    (draft,) = drafts("association", sample("association", "information_preoccupante"), "PSP")

    assert draft.unpublished == {
        "followup_number": "internal",
        "worker": "internal",
        "confidences": "internal",
    }
    assert "first love" not in str(draft.to)


def test_a_first_name_and_an_age_are_enough() -> None:
    """Street outreach knows no more (scenario C)."""
    record = {
        "kind": "information_preoccupante",
        "reference": "r",
        "young_person": {"known_as": "Chloé", "age": 15},
        "danger": True,
    }

    (draft,) = drafts("association", record, "PSP")

    assert body(draft, "crip", "IDENTITY") == {"first_name": "Chloé", "approximate_age": 15}
    assert draft.declared is not None
    assert draft.declared.wire() == {"danger": True}


def test_a_reply_is_yes_or_no() -> None:
    """R38, answering R37."""
    for attends in (True, False):
        record = sample("association", "hearing_reply", attends=attends)

        (draft,) = drafts("association", record, "ASSO")

        assert purposes(draft) == {"pol": "be_present"}
        assert body(draft, "pol", "CODE.attendance") == {"attends": attends}


def test_a_withdrawal_names_what_it_takes_back() -> None:
    """No parts, purpose `withdraw`, in the realm of what is withdrawn."""
    (draft,) = drafts("association", sample("association", "withdrawal"), "ASSO")

    assert (draft.etype, draft.realm, purposes(draft)) == (
        "WITHDRAW",
        "civil",
        {"crip": "withdraw"},
    )
    assert len(draft.to[0].re) == 1
    assert draft.to[0].portions == {}
