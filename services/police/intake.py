"""The police's records become drafts: which field is which scope, for whom.

Statements, witnesses and suspects are mapped as PROCEDURE and FACTS.third_party, which no clause
lets out: the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.decision.draft import AddressBook, Draft, Issuer
from contracts.vocabulary.scopes import CRIMINAL
from services.agency.record.drafting import Content, Drafter, Writing, run
from services.agency.record.record import declared, instant
from services.agency.record.shared_blocks import put_contact, put_family, put_named
from services.police.records import (
    KINDS,
    FoundMinor,
    HearingNotice,
    InquiryReport,
    MinorInformation,
)

INTERNAL_FIELDS: Final = ("procedure_number", "unit")


def intake(record: Mapping[str, Any], issuer: Issuer, book: AddressBook) -> list[Draft]:
    """Drafts of one record of the police.

    Raises:
        IntakeError: the record cannot become an event; says field and expectation, no value.
    """
    return run(KINDS, _DRAFTERS, record, issuer, book)


def _information(record: MinorInformation, writing: Writing) -> list[Draft]:
    content = Content(record, "IP")
    _minor(content)
    put_contact(content, record.parents, "minor", record.minor.phone)
    put_family(content, record.parents)
    content.take(
        "LOCATION",
        place="finding_place.place",
        kind="finding_place.kind",
        city="finding_place.city",
    )
    content.take("FACTS.summary", summary="summary")
    content.take("PROCEDURE", text="statements")
    put_named(content, record.witnesses, "witnesses")
    return [
        writing.draft(
            content,
            {"CRIP": "assess"},
            writing.desks("CRIP"),
            declared=declared(inquiry=record.inquiry_open, authorisation=record.authorisation),
            internal=(*INTERNAL_FIELDS, "finding_place.at"),
        )
    ]


def _found(record: FoundMinor, writing: Writing) -> list[Draft]:
    content = Content(record, "MISSING")
    _minor(content)
    place = record.finding_place
    content.put(
        "LOCATION",
        ("finding_place",),
        place=place.place,
        kind=place.kind,
        city=place.city,
        seen="found",
        at=instant(place.at) if place.at else None,
    )
    content.take("HEALTH.vital", signs="condition", observed="condition_note")
    content.take("PROCEDURE", text="statements")
    return [
        writing.draft(
            content,
            {"HOME": "return", "ASE": "return"},
            writing.desks("HOME", "ASE", HOME=record.returned_to),
            declared=declared(inquiry=record.inquiry_open, authorisation=record.authorisation),
            facts={"final": record.closed},
            internal=(*INTERNAL_FIELDS, "minor.phone"),
        )
    ]


def _hearing(record: HearingNotice, writing: Writing) -> list[Draft]:
    content = Content(record, "HEARING")
    _minor(content)
    content.put(
        "PROCEDURE.hearing",
        ("hearing",),
        at=instant(record.hearing.at),
        place=record.hearing.place,
        duration_minutes=record.hearing.minutes,
    )
    content.take("FACTS.summary", summary="case_summary")
    put_named(content, record.suspects, "suspects")
    return [
        writing.draft(
            content,
            {"ASSO": "be_present"},
            writing.desks("ASSO"),
            declared=declared(told=record.told, authorisation=record.authorisation),
            internal=(*INTERNAL_FIELDS, "minor.phone"),
        )
    ]


def _report(record: InquiryReport, writing: Writing) -> list[Draft]:
    """No purpose: the convention has no clause from police to parquet (an open question)."""
    content = Content(record, "EVALREP")
    _minor(content)
    content.take("PROCEDURE", number="procedure_number", text="report")
    desks = writing.desks("PARQ-CRIM", realm=CRIMINAL)
    return [writing.draft(content, {}, desks, realm=CRIMINAL, internal=("unit", "minor.phone"))]


def _minor(content: Content) -> None:
    content.take(
        "IDENTITY",
        name="minor.surname",
        first_name="minor.first_name",
        birth_date="minor.birth_date",
        approximate_age="minor.approximate_age",
        sex="minor.sex",
    )


_DRAFTERS: Final[dict[str, Drafter]] = {
    "minor_information": _information,
    "found_minor": _found,
    "hearing_notice": _hearing,
    "inquiry_report": _report,
}
