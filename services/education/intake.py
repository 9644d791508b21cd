"""Education's records become drafts: which field of the school's file is which scope, for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.decision.draft import AddressBook, Draft, Issuer
from contracts.vocabulary.categories import Fact, ThirdPerson
from services.agency.record.drafting import Content, Drafter, Writing, made, run, several
from services.agency.record.record import declared
from services.agency.record.shared_blocks import put_contact, put_family, take_appraisal
from services.education.records import (
    KINDS,
    Described,
    EvaluationContribution,
    Grave,
    InformationPreoccupante,
    PoliceNotification,
)

INTERNAL_FIELDS: Final = ("pupil.ine", "establishment.uai", "establishment.form")
_ROLE: Final = {
    "classmate": "peer",
    "adult": "other",
    "suspected_exploiter": "suspected_exploiter",
}


def intake(record: Mapping[str, Any], issuer: Issuer, book: AddressBook) -> list[Draft]:
    """Drafts of one record of education.

    Raises:
        IntakeError: the record cannot become an event; says field and expectation, no value.
    """
    return run(KINDS, _DRAFTERS, record, issuer, book)


def _concern(record: InformationPreoccupante, writing: Writing) -> list[Draft]:
    content = _described(record, "IP")
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
    return [_report(record, writing, writing.desks("PARQ-CIV", "CRIP"))]


def _copy(record: Grave, writing: Writing) -> list[Draft]:
    return [_report(record, writing, writing.desks("CRIP"))]


def _report(record: Grave, writing: Writing, desks: tuple[str, ...]) -> Draft:
    content = _described(record, "SIG")
    content.take("MEASURE", measure="known_measure")
    content.take("LOCATION", place="place.name", kind="place.kind", city="place.city")
    return writing.draft(
        content,
        {"PARQ-CIV": "protect_now", "CRIP": "avoid_duplicates"},
        desks,
        declared=declared(told=record.told, call=record.call, danger=record.danger),
        internal=INTERNAL_FIELDS,
    )


def _contribution(record: EvaluationContribution, writing: Writing) -> list[Draft]:
    content = Content(record, "EVALREP")
    _pupil(content)
    _schooling(content)
    _facts(content, record)
    take_appraisal(content)
    content.take("HEALTH", record="medical_file")
    return [
        writing.draft(
            content,
            {"CRIP": "evaluate"},
            writing.desks("CRIP"),
            declared=declared(told=record.told),
            internal=(*INTERNAL_FIELDS, "pupil.phone"),
        )
    ]


def _police(record: PoliceNotification, writing: Writing) -> list[Draft]:
    """No purpose: no clause lets education write to the police; the door is told instead."""
    return [
        writing.draft(_described(record, "IP"), {}, writing.desks("POL"), internal=INTERNAL_FIELDS)
    ]


def _described(record: Described, etype: str) -> Content:
    content = Content(record, etype)
    _pupil(content)
    put_contact(content, record.parents, "pupil", record.pupil.phone)
    put_family(content, record.parents, record.siblings, record.family_situation)
    _schooling(content)
    _facts(content, record)
    take_appraisal(content)
    content.take("HEALTH.vital", signs="signs", observed="nurse_note")
    content.take("HEALTH", record="medical_file")
    return content


def _pupil(content: Content) -> None:
    content.take(
        "IDENTITY",
        name="pupil.last_name",
        first_name="pupil.first_name",
        birth_date="pupil.birth_date",
        approximate_age="pupil.approximate_age",
        sex="pupil.sex",
    )


def _schooling(content: Content) -> None:
    content.take(
        "SCHOOLING",
        establishment="establishment.name",
        level="establishment.level",
        half_days_absent="absences.half_days",
        half_days_unjustified="absences.unjustified",
        absent_since="absences.since",
        remarks="remarks",
    )


def _facts(content: Content, record: Described | EvaluationContribution) -> None:
    facts = several(
        made(Fact, f"observations[{at}]", observed_on=o.seen_on, observed=o.seen, quoted=o.words)
        for at, o in enumerate(record.observations)
    )
    content.put("FACTS", ("observations",), facts=facts)
    persons = several(
        made(ThirdPerson, f"named_persons[{at}]", name=p.name, role=_ROLE[p.who], link=p.link)
        for at, p in enumerate(record.named_persons)
    )
    content.put("FACTS.third_party", ("named_persons",), persons=persons)


_DRAFTERS: Final[dict[str, Drafter]] = {
    "information_preoccupante": _concern,
    "signalement": _signalement,
    "signalement_copy": _copy,
    "evaluation_contribution": _contribution,
    "police_notification": _police,
}
