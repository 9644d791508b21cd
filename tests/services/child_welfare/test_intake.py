"""The Département's records, desk by desk: CRIP, ASE, PMI, homes, home-based support."""

from __future__ import annotations

import pytest

from contracts.errors import IntakeError
from tests.samples import drafts, filed, sample
from tests.services.mapping import body, not_released, purposes, scopes_by_field

SITUATION = {
    "child": "CONTACT IDENTITY",
    "parents": "CONTACT FAMILY",
    "siblings": "FAMILY",
    "family_situation": "FAMILY",
    "school": "SCHOOLING",
    "observations": "FACTS",
    "appraisal": "RISK",
    "signs": "HEALTH.vital",
    "health_note": "HEALTH.vital",
}
GRAVE = SITUATION | {
    "named_persons": "FACTS.third_party",
    "therapeutic_notes": "HEALTH",
    "measure_in_force": "MEASURE",
    "whereabouts": "LOCATION",
}
PROPOSAL = {"proposed": "MEASURE.proposal", "proposal": "MEASURE.proposal"}
QUALIFIED = {"qualification": "RISK", "alerter": "FACTS.source"}
OUTCOME = {"outcome": "CODE.outcome", "on": "CODE.outcome", "explanation": "FACTS.summary"}

EXPECTED = {
    ("crip_signalement", "CRIP"): SITUATION
    | QUALIFIED
    | {
        "exploiters": "FACTS.third_party",
        "measure_in_force": "MEASURE",
        "custodian": "MEASURE",
        "whereabouts": "LOCATION",
    },
    ("evaluation_request", "CRIP"): SITUATION | QUALIFIED | {"received_on": "FACTS"},
    ("contribution_request", "CRIP"): {
        "child": "CONTACT IDENTITY",
        "parents": "CONTACT FAMILY",
        "siblings": "FAMILY",
        "questions": "CODE.questions",
        "alert_summary": "FACTS.summary",
        "alerter": "FACTS.source",
    },
    ("link", "CRIP"): {},
    ("unlink", "CRIP"): {},
    ("feedback", "CRIP"): OUTCOME,
    ("specialist_referral", "CRIP"): SITUATION,
    ("specialist_referral", "ASE"): SITUATION | {"frame": "MEASURE", "follow_up_until": "MEASURE"},
    ("evaluation_report", "ASE"): SITUATION | PROPOSAL | {"criminal_note": "PROCEDURE"},
    ("aed", "ASE"): SITUATION
    | {"contract_on": "MEASURE", "ends_on": "MEASURE", "terms": "MEASURE"},
    ("measure_end", "ASE"): {"measure": "MEASURE", "ended_on": "MEASURE"},
    ("schooling_notice", "ASE"): {
        "child": "IDENTITY",
        "school": "SCHOOLING",
        "custodian": "MEASURE.custodian",
        "reason": "FACTS.summary",
    },
    ("absence_notice", "ASE"): {
        "child": "IDENTITY",
        "status": "CODE.absence",
        "since": "CODE.absence",
        "whereabouts": "LOCATION",
        "cause": "FACTS.summary",
    },
    ("coordination_invitation", "ASE"): {
        "at": "CODE.meeting",
        "minutes": "CODE.meeting",
        "premises": "CODE.meeting",
        "child": "IDENTITY",
        "agenda": "FACTS.summary",
    },
    ("coordination_decisions", "ASE"): {
        "actions": "MEASURE.actions",
        "level": "RISK.level",
        "observations": "FACTS",
        "health_note": "HEALTH.vital",
    },
    ("information_preoccupante", "PMI"): SITUATION | {"mother_medical_file": "HEALTH"},
    ("signalement", "HOME"): GRAVE,
    ("signalement_copy", "MO"): GRAVE,
    ("evaluation_contribution", "PMI"): SITUATION | {"medical_file": "HEALTH"},
    ("incident_note", "HOME"): SITUATION
    | {"whereabouts": "LOCATION", "residents": "FACTS.third_party"},
    ("runaway", "HOME"): SITUATION
    | {
        "appearance": "IDENTITY.description",
        "flags": "RISK.flags",
        "residents": "FACTS.third_party",
        "last_seen": "LOCATION",
    },
    ("runaway_end", "HOME"): {"child": "IDENTITY"},
    ("measure_report", "MO"): SITUATION | PROPOSAL,
    ("progress_report", "MO"): {
        "month": "MEASURE.attendance",
        "planned": "MEASURE.attendance",
        "kept": "MEASURE.attendance",
        "appraisal": "RISK",
        "notes": "FACTS",
    },
}

# What the convention does not let pass, for the full sample: (kind, issuer, desk) -> scopes.
LEFT_OUT = {
    ("crip_signalement", "CRIP", "parq-civ"): {"SCHOOLING", "FACTS.third_party", "FACTS.source"},
    ("evaluation_request", "CRIP", "ase"): {"HEALTH.vital", "FACTS.source"},
    ("contribution_request", "CRIP", "edu-s"): {
        "CONTACT",
        "FAMILY",
        "FACTS.summary",
        "FACTS.source",
    },
    ("contribution_request", "CRIP", "pmi"): {"CONTACT", "FACTS.summary", "FACTS.source"},
    ("feedback", "CRIP", "edu-s"): {"FACTS.summary"},
    ("specialist_referral", "CRIP", "asso"): {"FAMILY", "SCHOOLING", "HEALTH.vital"},
    ("specialist_referral", "ASE", "asso"): {"FAMILY", "SCHOOLING", "FACTS", "HEALTH.vital"},
    ("evaluation_report", "ASE", "crip"): {"CONTACT", "PROCEDURE"},
    ("aed", "ASE", "mo"): {"SCHOOLING", "FACTS", "HEALTH.vital"},
    ("schooling_notice", "ASE", "edu-h-1"): {"FACTS.summary"},
    ("absence_notice", "ASE", "edu-h-1"): {"LOCATION", "FACTS.summary"},
    ("coordination_invitation", "ASE", "home-1"): {"IDENTITY", "FACTS.summary"},
    ("coordination_decisions", "ASE", "asso"): {"FACTS", "HEALTH.vital"},
    ("information_preoccupante", "PMI", "crip"): {"SCHOOLING", "HEALTH"},
    ("signalement", "PMI", "parq-civ"): {"HEALTH", "MEASURE"},
    ("signalement", "HOME", "parq-civ"): {"FAMILY", "SCHOOLING", "RISK", "HEALTH", "MEASURE"},
    ("signalement", "HOME", "crip"): {"FAMILY", "SCHOOLING", "RISK", "HEALTH", "MEASURE"},
    ("evaluation_contribution", "PMI", "crip"): {"IDENTITY", "CONTACT", "SCHOOLING", "HEALTH"},
    ("incident_note", "HOME", "ase"): {"CONTACT", "FAMILY", "SCHOOLING", "FACTS.third_party"},
    ("measure_report", "MO", "je"): {"IDENTITY", "CONTACT"},
    ("progress_report", "MO", "ase"): {"FACTS"},
}


@pytest.mark.parametrize(("kind", "role"), EXPECTED)
def test_fields_become_scopes(kind: str, role: str) -> None:
    """Who alerted is FACTS.source, a therapist's note HEALTH, a resident a third party."""
    made = drafts("child_welfare", filed("child_welfare", kind, role), role)

    assert scopes_by_field(made) == EXPECTED[kind, role]


@pytest.mark.parametrize(("kind", "role", "desk"), LEFT_OUT)
def test_what_no_clause_lets_out_is_left_out(kind: str, role: str, desk: str) -> None:
    """The convention decides on what intake offers."""
    (draft,) = drafts("child_welfare", filed("child_welfare", kind, role), role)

    assert not_released(draft, desk) == LEFT_OUT[kind, role, desk]


def test_the_crip_s_qualification_is_the_level_of_risk() -> None:
    """With the evaluators' reasons and flags; R12's conditions are declared."""
    (draft,) = drafts("child_welfare", sample("child_welfare", "crip_signalement"), "CRIP")

    assert body(draft, "parq-civ", "RISK")["level"] == "grave_and_immediate"
    assert body(draft, "parq-civ", "RISK")["flags"] == ["exploitation", "isolation"]
    assert draft.declared is not None
    assert draft.declared.parents_told == "deferred"
    assert draft.declared.auth == "B" * 21 + "A"


def test_the_day_of_receipt_is_clear_and_sealed() -> None:
    """R13: three months run from it; SNATED's number stays."""
    (draft,) = drafts("child_welfare", sample("child_welfare", "evaluation_request"), "CRIP")

    assert draft.facts == {"received_on": "2026-11-23"}
    assert body(draft, "ase", "FACTS")["received_on"] == "2026-11-23"
    assert draft.unpublished["snated_number"] == "internal"


@pytest.mark.parametrize("kind", ["link", "unlink"])
def test_linking_makes_one_event_to_each_case(kind: str) -> None:
    """Each names the peer and the earlier date; there is no addressee."""
    record = sample("child_welfare", kind)

    one, other = drafts("child_welfare", record, "CRIP")

    assert (one.etype, one.case, other.case) == (kind.upper(), record["case"], record["peer"])
    assert one.linked is not None
    assert other.linked is not None
    assert (one.linked.peer, other.linked.peer) == (record["peer"], record["case"])
    assert one.linked.date == other.linked.date == record["earlier_on"]
    assert one.to == other.to == ()


def test_a_link_needs_two_tokens_and_a_human() -> None:
    """Matching is inside the CRIP, never on the bus."""
    record = sample("child_welfare", "link")

    for wrong in ({"peer": record["case"]}, {"case": None, "reference": "r"}, {"confirmed": False}):
        spoilt = {k: v for k, v in (record | wrong).items() if v is not None}
        with pytest.raises(IntakeError):
            drafts("child_welfare", spoilt, "CRIP")


@pytest.mark.parametrize(
    ("outcome", "final"),
    [
        ("received", False),
        ("being_evaluated", False),
        ("not_ip", True),
        ("help_in_place", True),
        ("already_followed", True),
        ("sent_to_justice", True),
        ("measure_ordered", True),
        ("closed", True),
    ],
)
def test_a_final_outcome_is_clear(outcome: str, final: bool) -> None:
    """R39: the duty closes by it; to an author, or to the parquet for its R22."""
    record = sample("child_welfare", "feedback", outcome=outcome, to=["parq-civ"], answers=[])

    (draft,) = drafts("child_welfare", record, "CRIP")

    assert draft.facts == ({"final": True} if final else {})
    assert purposes(draft) == {"parq-civ": "close_loop"}


@pytest.mark.parametrize(
    ("frame", "purpose"),
    [("joint_evaluation", "joint_evaluation"), ("follow_up", "specialist_followup")],
)
def test_a_referral_is_for_an_evaluation_or_a_follow_up(frame: str, purpose: str) -> None:
    """R19 or R30."""
    record = sample("child_welfare", "specialist_referral", frame=frame)

    (draft,) = drafts("child_welfare", record, "ASE")

    assert purposes(draft) == {"asso": purpose}
    assert ("phase" in draft.facts) == (frame == "follow_up")


@pytest.mark.parametrize(
    ("measure", "etype", "purpose"),
    [
        ("aed", "MEASURE", {"mo": "aed_home"}),
        ("specialist_followup", "SPECREF", {"asso": "specialist_followup"}),
    ],
)
def test_the_ase_ends_what_it_opened(measure: str, etype: str, purpose: dict[str, str]) -> None:
    """By the act that opened it, with `phase: end`."""
    record = sample("child_welfare", "measure_end", measure=measure)

    (draft,) = drafts("child_welfare", record, "ASE")

    assert (draft.etype, purposes(draft)) == (etype, purpose)
    assert draft.facts == {"phase": "end"}
    assert len(draft.ends) == 1


def test_a_school_is_named_since_there_are_two() -> None:
    """R32, R36."""
    record = sample("child_welfare", "absence_notice", to=None)

    with pytest.raises(IntakeError, match="desk_ambiguous"):
        drafts("child_welfare", record, "ASE")


def test_a_runaway_goes_to_three_desks_each_its_part_of_the_form() -> None:
    """R33 and R34 in one event; without an evaluation, only other residents' names are left out."""
    record = sample(
        "child_welfare",
        "runaway",
        observations=None,
        siblings=None,
        family_situation=None,
        school=None,
    )

    (draft,) = drafts("child_welfare", record, "HOME")

    assert purposes(draft) == {"pol": "search", "ase": "protect", "parq-civ": "protect"}
    portions = {one.desk: set(one.portions) for one in draft.to}
    assert portions["pol"] == {
        "IDENTITY",
        "IDENTITY.description",
        "CONTACT",
        "LOCATION",
        "HEALTH.vital",
        "RISK.flags",
        "FACTS.third_party",
    }
    assert portions["ase"] == {"IDENTITY", "LOCATION", "RISK", "FACTS.third_party"}
    for desk in portions:
        assert not_released(draft, desk) == {"FACTS.third_party"}


def test_an_evaluation_attached_to_a_runaway_is_left_out_and_the_core_message_is_not() -> None:
    """Scenario E.4: FACTS, FAMILY and RISK do not reach the police."""
    record = sample("child_welfare", "runaway", residents=None, school=None)

    (draft,) = drafts("child_welfare", record, "HOME")

    assert not_released(draft, "pol") == {"FACTS", "FAMILY", "RISK"}
    assert not_released(draft, "ase") == {"FACTS", "FAMILY"}


def test_a_runaway_ends_by_its_own_record() -> None:
    """`phase: end` with `ends`; the call is waived, and no content is needed."""
    record = sample("child_welfare", "runaway_end", child=None)

    (draft,) = drafts("child_welfare", record, "HOME")

    assert draft.facts == {"phase": "end"}
    assert all(one.portions == {} for one in draft.to)
