"""The CRIP's records become drafts. It knows who alerted; FACTS.source says so, and never leaves."""

from __future__ import annotations

from typing import Final

from contracts.decision.draft import Draft
from contracts.vocabulary.scopes import FINAL_OUTCOMES
from services.agency.record.drafting import Content, Drafter, Writing, linking
from services.agency.record.record import declared
from services.agency.record.shared_blocks import put_contact, put_facts, put_family, put_named
from services.child_welfare.child import INTERNAL_FIELDS, situation, take_child, take_whereabouts
from services.child_welfare.crip_records import (
    ContributionRequest,
    CripSignalement,
    EvaluationRequest,
    Link,
    OutcomeFeedback,
    Unlink,
)

_LEVEL: Final = {
    "no_danger": "low",
    "risk": "moderate",
    "danger": "high",
    "grave_and_immediate_danger": "grave_and_immediate",
}
_AUTHORS: Final = ("EDU-S", "EDU-H", "PMI", "PSP", "ASSO", "HOME", "MO", "POL", "PARQ-CIV")


def _signalement(record: CripSignalement, writing: Writing) -> list[Draft]:
    content = situation(record, "SIG")
    _qualified(content, record)
    put_named(content, record.exploiters, "exploiters")
    _alerter(content)
    content.take("MEASURE", measure="measure_in_force", custodian="custodian")
    take_whereabouts(content)
    return [
        writing.draft(
            content,
            {"PARQ-CIV": "seize_judge"},
            writing.desks("PARQ-CIV"),
            declared=declared(
                call=record.call,
                parents_told=record.parents_told,
                authorisation=record.authorisation,
            ),
            internal=(*INTERNAL_FIELDS, "whereabouts.at"),
        )
    ]


def _request(record: EvaluationRequest, writing: Writing) -> list[Draft]:
    content = situation(record, "EVALREQ")
    put_facts(content, record.observations, received_on=record.received_on)
    _qualified(content, record)
    _alerter(content)
    return [
        writing.draft(
            content,
            {"ASE": "evaluate"},
            writing.desks("ASE"),
            facts={"received_on": record.received_on},
            internal=(*INTERNAL_FIELDS, "snated_number"),
        )
    ]


def _contribution(record: ContributionRequest, writing: Writing) -> list[Draft]:
    """R14 and R15. The summary of the alert and its author are traps: the question tells nothing."""
    content = Content(record, "EVALREQ")
    take_child(content)
    put_contact(content, record.parents, "child", record.child.phone)
    put_family(content, record.parents, record.siblings)
    content.take("CODE.questions", questions="questions")
    content.take("FACTS.summary", summary="alert_summary")
    _alerter(content)
    return [
        writing.draft(
            content,
            {"EDU-S": "contribute", "PMI": "contribute"},
            writing.desks("EDU-S"),
            declared=declared(told=record.told),
            facts={"due": record.due},
            internal=INTERNAL_FIELDS,
        )
    ]


def _link(record: Link | Unlink, writing: Writing) -> list[Draft]:
    return linking(
        writing, record.kind.upper(), (record.case or "", record.peer), record.earlier_on
    )


def _feedback(record: OutcomeFeedback, writing: Writing) -> list[Draft]:
    content = Content(record, "FEEDBACK")
    content.take("CODE.outcome", outcome="outcome", on="on")
    content.take("FACTS.summary", summary="explanation")
    return [
        writing.draft(
            content,
            dict.fromkeys(_AUTHORS, "close_loop"),
            writing.desks(),
            facts={"final": record.outcome in FINAL_OUTCOMES},
        )
    ]


def _qualified(content: Content, record: CripSignalement | EvaluationRequest) -> None:
    """RISK: the CRIP's qualification is its level; the appraisal's own level stands without one."""
    if record.qualification is None:
        return
    appraisal = record.appraisal
    content.put(
        "RISK",
        ("qualification", "appraisal"),
        level=_LEVEL[record.qualification],
        flags=appraisal.flags if appraisal else (),
        appraisal=appraisal.reasons if appraisal else None,
        resources=appraisal.resources if appraisal else None,
    )


def _alerter(content: Content) -> None:
    content.take("FACTS.source", kind="alerter.kind", name="alerter.name", phone="alerter.phone")


DRAFTERS: Final[dict[str, Drafter]] = {
    "crip_signalement": _signalement,
    "evaluation_request": _request,
    "contribution_request": _contribution,
    "link": _link,
    "unlink": _link,
    "feedback": _feedback,
}
