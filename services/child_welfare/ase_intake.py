"""The ASE's records become drafts; the specialist referral is the CRIP's too (R19)."""

from __future__ import annotations

from typing import Final

from contracts.decision.draft import Draft
from contracts.vocabulary.categories import Action
from services.agency.record.drafting import Content, Drafter, Writing, made, several
from services.agency.record.record import declared, instant
from services.agency.record.shared_blocks import put_facts
from services.child_welfare.ase_records import (
    AbsenceNotice,
    Aed,
    CoordinationDecisions,
    CoordinationInvitation,
    EvaluationReport,
    MeasureEnd,
    SchoolingNotice,
    SpecialistReferral,
)
from services.child_welfare.child import INTERNAL_FIELDS, situation, take_child

_PARTICIPANTS: Final = ("CRIP", "EDU-S", "PMI", "HOME", "MO", "ASSO", "PJJ")


def _referral(record: SpecialistReferral, writing: Writing) -> list[Draft]:
    content = situation(record, "SPECREF")
    follow_up = record.frame == "follow_up"
    if follow_up:
        content.put(
            "MEASURE",
            ("frame", "follow_up_until"),
            measure="specialist_followup",
            ends_on=record.follow_up_until,
        )
    return [
        writing.draft(
            content,
            {"ASSO": "specialist_followup" if follow_up else "joint_evaluation"},
            writing.desks("ASSO"),
            declared=declared(told=record.told),
            facts={"ends_on": record.follow_up_until, "phase": "start" if follow_up else None},
            internal=INTERNAL_FIELDS,
        )
    ]


def _report(record: EvaluationReport, writing: Writing) -> list[Draft]:
    content = situation(record, "EVALREP")
    content.take("MEASURE.proposal", proposed="proposed", reasons="proposal")
    content.take("PROCEDURE", text="criminal_note")
    return [
        writing.draft(
            content,
            {"CRIP": "decide"},
            writing.desks("CRIP"),
            facts={"final": record.final},
            internal=INTERNAL_FIELDS,
        )
    ]


def _aed(record: Aed, writing: Writing) -> list[Draft]:
    content = situation(record, "MEASURE")
    content.put(
        "MEASURE",
        ("contract_on", "ends_on", "terms"),
        measure="aed",
        decided_on=record.contract_on,
        ends_on=record.ends_on,
        terms=record.terms,
    )
    return [
        writing.draft(
            content,
            {"MO": "aed_home"},
            writing.desks("MO", MO=record.operator),
            declared=declared(told=record.told, parents_agree=record.parents_agree),
            facts={
                "decided_on": record.contract_on,
                "ends_on": record.ends_on,
                "phase": "renewal" if record.renewal else "start",
            },
            internal=INTERNAL_FIELDS,
        )
    ]


def _end(record: MeasureEnd, writing: Writing) -> list[Draft]:
    """An AED ends by MEASURE to the operator, a follow-up by SPECREF to the association."""
    aed = record.measure == "aed"
    content = Content(record, "MEASURE" if aed else "SPECREF")
    ended = {"ended": True} if aed else {}
    content.put(
        "MEASURE",
        ("measure", "ended_on"),
        measure=record.measure,
        ends_on=record.ended_on,
        **ended,
    )
    return [
        writing.draft(
            content,
            {"MO": "aed_home"} if aed else {"ASSO": "specialist_followup"},
            writing.desks("MO" if aed else "ASSO"),
            declared=declared(told=record.told),
            ends=record.ends,
        )
    ]


def _schooling(record: SchoolingNotice, writing: Writing) -> list[Draft]:
    content = Content(record, "MEASURE")
    take_child(content)
    content.take(
        "SCHOOLING",
        establishment="school.establishment",
        level="school.level",
        remarks="school.remarks",
    )
    content.take(
        "MEASURE.custodian",
        service="custodian.service",
        phone="custodian.phone",
        since="custodian.since",
    )
    content.take("FACTS.summary", summary="reason")
    return [
        writing.draft(
            content,
            {"EDU-H": "keep_schooling"},
            writing.desks("EDU-H"),
            declared=declared(told=record.told),
            internal=(*INTERNAL_FIELDS, "child.phone"),
        )
    ]


def _absence(record: AbsenceNotice, writing: Writing) -> list[Draft]:
    content = Content(record, "MISSING")
    take_child(content)
    content.take("CODE.absence", status="status", since="since")
    seen = record.whereabouts
    if seen is not None:
        content.put(
            "LOCATION",
            ("whereabouts",),
            place=seen.place,
            kind=seen.kind,
            city=seen.city,
            seen="last_seen",
            at=instant(seen.at) if seen.at else None,
        )
    content.take("FACTS.summary", summary="cause")
    return [
        writing.draft(
            content,
            {"EDU-H": "absence_code"},
            writing.desks("EDU-H"),
            declared=declared(told=record.told),
            internal=(*INTERNAL_FIELDS, "child.phone"),
        )
    ]


def _invitation(record: CoordinationInvitation, writing: Writing) -> list[Draft]:
    content = Content(record, "COORD")
    content.put(
        "CODE.meeting",
        ("at", "minutes", "premises"),
        at=instant(record.at),
        duration_minutes=record.minutes,
        at_premises_of=record.premises,
    )
    take_child(content)
    content.take("FACTS.summary", summary="agenda")
    return [
        writing.draft(
            content,
            dict.fromkeys(_PARTICIPANTS, "invite"),
            writing.desks(),
            internal=(*INTERNAL_FIELDS, "child.phone"),
        )
    ]


def _decisions(record: CoordinationDecisions, writing: Writing) -> list[Draft]:
    content = Content(record, "COORD")
    actions = several(
        made(Action, f"actions[{at}]", action=one.action, by=one.by, before=one.before)
        for at, one in enumerate(record.actions)
    )
    content.put("MEASURE.actions", ("actions",), actions=actions)
    content.take("RISK.level", level="level")
    put_facts(content, record.observations)
    content.take("HEALTH.vital", observed="health_note")
    return [
        writing.draft(
            content,
            dict.fromkeys(_PARTICIPANTS, "decisions"),
            writing.desks(),
            declared=declared(told=record.told),
        )
    ]


DRAFTERS: Final[dict[str, Drafter]] = {
    "specialist_referral": _referral,
    "evaluation_report": _report,
    "aed": _aed,
    "measure_end": _end,
    "schooling_notice": _schooling,
    "absence_notice": _absence,
    "coordination_invitation": _invitation,
    "coordination_decisions": _decisions,
}
