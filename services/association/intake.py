"""The associations' records become drafts: which field is which scope, for whom.

Confidences have no scope in which they could pass with the facts: they are the association's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.decision.draft import AddressBook, Draft, Issuer
from services.agency.record.drafting import Content, Drafter, Writing, run
from services.agency.record.record import declared
from services.agency.record.shared_blocks import (
    put_contact,
    put_facts,
    put_family,
    put_named,
    put_text,
    take_appraisal,
)
from services.association.records import (
    KINDS,
    EvaluationReport,
    Grave,
    HearingReply,
    InformationPreoccupante,
    Met,
    ProgressReport,
)

_OWN: Final = ("followup_number", "worker")
INTERNAL_FIELDS: Final = (*_OWN, "confidences")


def intake(record: Mapping[str, Any], issuer: Issuer, book: AddressBook) -> list[Draft]:
    """Drafts of one record of an association.

    Raises:
        IntakeError: the record cannot become an event; says field and expectation, no value.
    """
    return run(KINDS, _DRAFTERS, record, issuer, book)


def _concern(record: InformationPreoccupante, writing: Writing) -> list[Draft]:
    content = _met(record, "IP")
    _place(content)
    return [
        writing.draft(
            content,
            {"CRIP": "assess"},
            writing.desks("CRIP"),
            declared=declared(told=record.told, danger=record.danger),
            internal=INTERNAL_FIELDS,
        )
    ]


def _signalement(record: Grave, writing: Writing) -> list[Draft]:
    """The report and its copy are one event with two addressees, unless `to` names fewer."""
    return [_report(record, writing, writing.desks("PARQ-CIV", "CRIP"))]


def _copy(record: Grave, writing: Writing) -> list[Draft]:
    return [_report(record, writing, writing.desks("CRIP"))]


def _report(record: Grave, writing: Writing, desks: tuple[str, ...]) -> Draft:
    content = _met(record, "SIG")
    _place(content)
    return writing.draft(
        content,
        {"PARQ-CIV": "protect_now", "CRIP": "avoid_duplicates"},
        desks,
        declared=declared(call=record.call, danger=record.danger),
        internal=INTERNAL_FIELDS,
    )


def _evaluation(record: EvaluationReport, writing: Writing) -> list[Draft]:
    content = _met(record, "EVALREP")
    content.take("MEASURE.proposal", proposed="proposed", reasons="proposal")
    return [
        writing.draft(
            content,
            {"CRIP": "decide", "ASE": "decide"},
            writing.desks("CRIP", "ASE"),
            declared=declared(told=record.told),
            facts={"final": record.final},
            internal=INTERNAL_FIELDS,
        )
    ]


def _progress(record: ProgressReport, writing: Writing) -> list[Draft]:
    content = Content(record, "EVALREP")
    content.take("MEASURE.attendance", month="month", planned="planned", kept="kept")
    take_appraisal(content)
    put_text(content, "confidences", record.confidences)
    return [writing.draft(content, {"ASE": "progress"}, writing.desks("ASE"), internal=_OWN[:1])]


def _reply(record: HearingReply, writing: Writing) -> list[Draft]:
    content = Content(record, "HEARING")
    content.take("CODE.attendance", attends="attends")
    put_text(content, "said_by_minor", record.said_by_minor)
    return [writing.draft(content, {"POL": "be_present"}, writing.desks("POL"), internal=_OWN[1:])]


def _met(record: Met, etype: str) -> Content:
    content = Content(record, etype)
    content.take(
        "IDENTITY",
        name="young_person.family_name",
        first_name="young_person.known_as",
        birth_date="young_person.birth_date",
        approximate_age="young_person.age",
        sex="young_person.sex",
    )
    phone = None if record.young_person is None else record.young_person.phone
    put_contact(content, record.parents, "young_person", phone)
    put_family(content, record.parents)
    put_facts(content, record.observations)
    put_named(content, record.peers, "peers")
    take_appraisal(content)
    content.take("HEALTH.vital", signs="signs", observed="signs_note")
    return content


def _place(content: Content) -> None:
    content.take(
        "LOCATION",
        place="meeting_place.place",
        kind="meeting_place.kind",
        city="meeting_place.city",
    )


_DRAFTERS: Final[dict[str, Drafter]] = {
    "information_preoccupante": _concern,
    "signalement": _signalement,
    "signalement_copy": _copy,
    "evaluation_report": _evaluation,
    "progress_report": _progress,
    "hearing_reply": _reply,
}
