"""Records of PMI, homes and home-based support become drafts.

Other residents' names, therapeutic notes and medical files are mapped as what they are, and the
convention leaves them out: the answer says so.
"""

from __future__ import annotations

from typing import Final

from contracts.decision.draft import Draft
from contracts.vocabulary.scopes import SCOPES
from services.agency.record.drafting import Content, Drafter, Writing
from services.agency.record.record import declared, instant
from services.agency.record.shared_blocks import put_named, put_text, take_appraisal
from services.child_welfare.child import INTERNAL_FIELDS, situation, take_child, take_whereabouts
from services.child_welfare.field_records import (
    EvaluationContribution,
    Grave,
    IncidentNote,
    InformationPreoccupante,
    MeasureReport,
    ProgressReport,
    Runaway,
    RunawayEnd,
)

_SEARCHED: Final = {"POL": "search", "ASE": "protect", "PARQ-CIV": "protect"}
_PROTECTORS: Final = frozenset({"IDENTITY", "LOCATION", "RISK", "FACTS.third_party"})
_SEARCHERS: Final = frozenset(SCOPES) - {"FACTS", "FAMILY", "RISK"}
_EVALUATION: Final = frozenset({"FACTS", "FAMILY", "RISK"})  # what E.4 tries to attach


def _concern(record: InformationPreoccupante, writing: Writing) -> list[Draft]:
    content = situation(record, "IP")
    content.take("HEALTH", record="mother_medical_file")
    return [
        writing.draft(
            content,
            {"CRIP": "assess"},
            writing.desks("CRIP"),
            declared=declared(told=record.told),
            internal=INTERNAL_FIELDS,
        )
    ]


def _signalement(record: Grave, writing: Writing) -> list[Draft]:
    """The report and its copy are one event with two addressees, unless `to` names fewer."""
    return [_grave(record, writing, writing.desks("PARQ-CIV", "CRIP"))]


def _copy(record: Grave, writing: Writing) -> list[Draft]:
    return [_grave(record, writing, writing.desks("CRIP"))]


def _grave(record: Grave, writing: Writing, desks: tuple[str, ...]) -> Draft:
    content = situation(record, "SIG")
    put_named(content, record.named_persons, "named_persons")
    content.take("HEALTH", record="therapeutic_notes")
    content.take("MEASURE", measure="measure_in_force")
    take_whereabouts(content)
    return writing.draft(
        content,
        {"PARQ-CIV": "protect_now", "CRIP": "avoid_duplicates"},
        desks,
        declared=declared(call=record.call, danger=record.danger),
        internal=(*INTERNAL_FIELDS, "whereabouts.at"),
    )


def _contribution(record: EvaluationContribution, writing: Writing) -> list[Draft]:
    content = situation(record, "EVALREP")
    content.take("HEALTH", record="medical_file")
    return [
        writing.draft(
            content,
            {"CRIP": "evaluate"},
            writing.desks("CRIP"),
            declared=declared(told=record.told),
            internal=INTERNAL_FIELDS,
        )
    ]


def _incident(record: IncidentNote, writing: Writing) -> list[Draft]:
    content = situation(record, "IP")
    take_whereabouts(content)
    put_named(content, record.residents, "residents")
    return [
        writing.draft(
            content,
            {"ASE": "adapt_measure"},
            writing.desks("ASE"),
            internal=(*INTERNAL_FIELDS, "whereabouts.at"),
        )
    ]


def _runaway(record: Runaway, writing: Writing) -> list[Draft]:
    """R33 and R34 in one event. Without an evaluation attached, each desk's part of the form."""
    evaluated = record.observations or record.siblings or record.family_situation
    attached = _EVALUATION if evaluated else frozenset[str]()
    protectors = _PROTECTORS | attached
    return [
        writing.draft(
            _declaration(record),
            _SEARCHED,
            writing.desks("POL", "ASE", "PARQ-CIV"),
            meant={
                "POL": _SEARCHERS | attached,
                "ASE": protectors,
                "PARQ-CIV": protectors,
            },
            declared=declared(call=record.call),
            facts={"phase": "start"},
            internal=(*INTERNAL_FIELDS, "runaway_number"),
        )
    ]


def _declaration(record: Runaway) -> Content:
    content = situation(record, "MISSING")
    content.take(
        "IDENTITY.description",
        height_cm="appearance.height_cm",
        build="appearance.build",
        hair="appearance.hair",
        eyes="appearance.eyes",
        clothing="appearance.clothing",
        marks="appearance.marks",
        photo="appearance.photo",
    )
    content.take("RISK.flags", flags="flags")
    put_named(content, record.residents, "residents")
    seen = record.last_seen
    if seen is not None:
        content.put(
            "LOCATION",
            ("last_seen",),
            place=seen.place,
            kind=seen.kind,
            city=seen.city,
            seen="last_seen",
            at=instant(seen.at),
        )
    return content


def _runaway_end(record: RunawayEnd, writing: Writing) -> list[Draft]:
    content = Content(record, "MISSING")
    take_child(content)
    return [
        writing.draft(
            content,
            _SEARCHED,
            writing.desks("POL", "ASE", "PARQ-CIV"),
            ends=record.ends,
            internal=(*INTERNAL_FIELDS, "child.phone"),
        )
    ]


def _measure_report(record: MeasureReport, writing: Writing) -> list[Draft]:
    content = situation(record, "EVALREP")
    content.take("MEASURE.proposal", proposed="proposed", reasons="proposal")
    return [
        writing.draft(
            content,
            {"JE": "judge"},
            writing.desks("JE"),
            facts={"final": record.final},
            internal=INTERNAL_FIELDS,
        )
    ]


def _progress(record: ProgressReport, writing: Writing) -> list[Draft]:
    content = Content(record, "EVALREP")
    content.take("MEASURE.attendance", month="month", planned="planned", kept="kept")
    take_appraisal(content)
    put_text(content, "notes", record.notes)
    return [writing.draft(content, {"ASE": "progress"}, writing.desks("ASE"))]


DRAFTERS: Final[dict[str, Drafter]] = {
    "information_preoccupante": _concern,
    "signalement": _signalement,
    "signalement_copy": _copy,
    "evaluation_contribution": _contribution,
    "incident_note": _incident,
    "runaway": _runaway,
    "runaway_end": _runaway_end,
    "measure_report": _measure_report,
    "progress_report": _progress,
}
