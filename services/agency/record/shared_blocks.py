"""Blocks and kinds of record that all agencies' forms share, and the scopes that they fill.

Each agency has its own words for the minor, for what was seen, and for its own numbers; the
contact sheet of a family is the same paper everywhere.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from contracts.vocabulary.categories import ContactPoint, Holder, Photo
from contracts.vocabulary.fields import (
    Age,
    Count,
    Day,
    Flag,
    Level,
    Line,
    MeasureKind,
    Month,
    Phone,
    PostalCode,
    Relation,
    Sex,
    Short,
    Sign,
    Summary,
    Text,
)
from services.agency.record.form import Answers, Called, InDanger, Moment, WhetherTold, instant
from services.agency.record.marks import Becomes, Block, To
from services.agency.record.record import Record


def _reached_at(phone: str) -> tuple[ContactPoint, ...]:
    return (ContactPoint(who="minor", phone=phone),)


class Somebody(Block):
    """What every file has of the minor; each agency adds the names as it calls them."""

    scope = "IDENTITY"

    birth_date: Day | None = None
    sex: Sex | None = None
    phone: Annotated[Phone | None, To("CONTACT:points", _reached_at)] = None


class Person(Somebody):
    """The minor as most files have her or him."""

    first_name: Line
    approximate_age: Age | None = None


class Minor(Person):
    """The minor as police and court name her or him."""

    surname: Annotated[Line | None, To("name")] = None


class Place(Block):
    """Where the minor is, was seen or found; one place, never a trail."""

    scope = "LOCATION"

    place: Line
    kind: Literal["home", "street", "hotel", "station", "school", "health", "police", "other"]
    city: Line | None = None


class Appearance(Block):
    """How the minor looks; a photograph of at most 136 KiB."""

    scope = "IDENTITY.description"

    height_cm: Annotated[int, Field(ge=30, le=230)] | None = None
    build: Literal["thin", "average", "strong"] | None = None
    hair: Line | None = None
    eyes: Line | None = None
    clothing: Short | None = None
    marks: Short | None = None
    photo: Photo | None = None


class LastSeen(Place):
    """Where and when the minor was last seen."""

    at: Annotated[Moment, To("at", instant)]


class Parent(Block):
    """A holder of parental authority, with what reaches her or him."""

    name: Line
    relation: Relation
    phone: Phone | None = None
    street: Line | None = None
    postal_code: PostalCode | None = None
    city: Line | None = None


class BrotherOrSister(Block):
    """A brother or sister."""

    first_name: Line
    approximate_age: Age | None = None
    same_home: bool | None = None


class Appraisal(Block):
    """How the danger is appraised: level, flags, reasons, and what protects."""

    scope = "RISK"

    level: Level | None = None
    flags: Annotated[tuple[Flag, ...], Field(max_length=9)] = ()
    reasons: Annotated[Text | None, To("appraisal")] = None
    resources: Text | None = None


class Observation(Block):
    """What was seen, when, and the words as they were said."""

    on: Annotated[Day | None, To("observed_on")] = None
    observed: Text
    quoted: Text | None = None


class NamedPerson(Block):
    """Somebody other than the minor and the family who is named in the facts."""

    name: Line
    role: Literal["suspected_exploiter", "peer", "resident", "relative", "witness", "other"]
    link: Short | None = None


def _holders(parents: tuple[Parent, ...]) -> tuple[Holder, ...]:
    return tuple(Holder(name=one.name, relation=one.relation) for one in parents)


def _points(parents: tuple[Parent, ...]) -> tuple[ContactPoint, ...]:
    """How to reach those parents of whom a number or an address is known."""
    return tuple(
        ContactPoint(
            who=parent.relation, **parent.model_dump(exclude={"relation"}, exclude_none=True)
        )
        for parent in parents
        if parent.phone or parent.street or parent.city
    )


def one_fact(text: str) -> tuple[dict[str, Any], ...]:
    """FACTS of a field that is one free text."""
    return ({"observed": text},)


Parents = Annotated[
    tuple[Parent, ...],
    Field(max_length=6),
    To("CONTACT:points", _points),
    To("FAMILY:holders", _holders),
]
Siblings = Annotated[tuple[BrotherOrSister, ...], Field(max_length=16), To("FAMILY:siblings")]
FamilySituation = Annotated[Text | None, To("FAMILY:situation")]
Observations = Annotated[tuple[Observation, ...], Field(max_length=12), To("FACTS:facts")]
NamedPersons = Annotated[
    tuple[NamedPerson, ...], Field(max_length=12), To("FACTS.third_party:persons")
]
Flags = Annotated[tuple[Flag, ...], Field(max_length=9), To("RISK.flags")]
Signs = Annotated[tuple[Sign, ...], Field(max_length=12), To("HEALTH.vital:signs")]
HealthNote = Annotated[Summary | None, To("HEALTH.vital:observed")]
Proposed = Annotated[tuple[MeasureKind, ...], Field(max_length=4), To("MEASURE.proposal:proposed")]
Proposal = Annotated[Text | None, To("MEASURE.proposal:reasons")]


_REPORT = Becomes("SIG", {"PARQ-CIV": "protect_now", "CRIP": "avoid_duplicates"})


class InformationPreoccupante(Record):
    """A concern to the CRIP (R01 to R05)."""

    becomes = Becomes("IP", {"CRIP": "assess"})
    kind: Literal["information_preoccupante"]
    told: WhetherTold = None


class Grave(Record):
    """What a signalement and its later copy say of urgency."""

    danger: InDanger = None
    call: Called = None


class Signalement(Grave):
    """To the prosecutor (R08 to R10); the CRIP's copy (R11) is in the same event."""

    becomes = _REPORT
    kind: Literal["signalement"]


class SignalementCopy(Grave):
    """The CRIP's copy sent later (R11): `answers` names the signalement."""

    becomes = Becomes("SIG", _REPORT.to, usual=("CRIP",))
    kind: Literal["signalement_copy"]
    answers: Answers


class EvaluationContribution(Record):
    """Answers the CRIP's coded questions (R16, R17)."""

    becomes = Becomes("EVALREP", {"CRIP": "evaluate"})
    kind: Literal["evaluation_contribution"]
    told: WhetherTold = None


class ProgressReport(Record):
    """The month's meetings, planned and kept (R31); what was said stays with who files it."""

    becomes = Becomes("EVALREP", {"ASE": "progress"})
    kind: Literal["progress_report"]
    month: Annotated[Month, To("MEASURE.attendance")]
    planned: Annotated[Count, To("MEASURE.attendance")]
    kept: Annotated[Count, To("MEASURE.attendance")]
    appraisal: Appraisal | None = None
