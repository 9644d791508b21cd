"""The categories of data, their scopes, and the typed body of each (rules §3).

Every scope travels as a part of its own, so that a clause can release one without the other. A
body is closed and frozen: dates, coded values and capped free text. Absent means absent: null is
refused, and so is every number that is not an integer. Acts that need more than the usual body of
a scope extend it in `contracts.vocabulary.events`; `contracts.vocabulary.events.body_of` says which
body holds where.

The router never sees a body. These models bind issuers before sealing and recipients after
opening; they cannot judge what a free text says, only bound it.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from contracts.vocabulary.fields import (
    Age,
    Birth,
    ClassLevel,
    Count,
    Day,
    Flag,
    Level,
    Line,
    MeasureKind,
    Month,
    Past,
    Phone,
    PhotoData,
    PostalCode,
    Relation,
    Sex,
    Short,
    Sign,
    Summary,
    Text,
    day_of,
)
from contracts.vocabulary.figures import Counts
from contracts.vocabulary.schema import Instant
from contracts.vocabulary.schema_faults import fault
from contracts.vocabulary.scopes import JUDICIAL_OUTCOMES
from contracts.vocabulary.sealed_body import Body

ONE_OF_BOTH: Final = "birth_date or approximate_age, not both"
MONTH_BEGUN: Final = "a month that has begun"
NOT_MORE_THAN_PLANNED: Final = "no more than planned"


# --- IDENTITY, CONTACT, FAMILY, SCHOOLING ---------------------------------------------------------


class Identity(Body):
    """IDENTITY: name or first name only, birth date or approximate age, sex."""

    needs_one: ClassVar = ("name", "first_name")
    name: Line | None = None
    first_name: Line | None = None
    birth_date: Birth | None = None
    approximate_age: Age | None = None
    sex: Sex = "unknown"

    @field_validator("approximate_age")
    @classmethod
    def _or_birth_date(cls, age: int | None, info: ValidationInfo) -> int | None:
        if age is not None and info.data.get("birth_date") is not None:
            raise fault("contradiction", ONE_OF_BOTH)
        return age


class Photo(Body):
    """One picture; `data` is base64url of at most 136 KiB."""

    media: Literal["image/jpeg", "image/png"]
    data: PhotoData


class Description(Body):
    """IDENTITY.description: how a searched minor looks (R33)."""

    needs_one: ClassVar = ("height_cm", "build", "hair", "eyes", "clothing", "marks", "photo")
    height_cm: Annotated[int, Field(ge=30, le=230)] | None = None
    build: Literal["thin", "average", "strong"] | None = None
    hair: Line | None = None
    eyes: Line | None = None
    clothing: Short | None = None
    marks: Short | None = None
    photo: Photo | None = None


class ContactPoint(Body):
    """How to reach one person."""

    needs_one: ClassVar = ("phone", "street", "city")
    who: Literal["minor", "mother", "father", "guardian", "other_holder", "relative", "service"]
    name: Line | None = None
    phone: Phone | None = None
    street: Line | None = None
    postal_code: PostalCode | None = None
    city: Line | None = None


class Contact(Body):
    """CONTACT: how to reach the minor or the family."""

    points: Annotated[tuple[ContactPoint, ...], Field(min_length=1, max_length=8)]


class Holder(Body):
    """A holder of parental authority, or who stands for one."""

    name: Line
    relation: Relation


class Sibling(Body):
    """A brother or sister: first name, and whether under the same roof."""

    first_name: Line
    approximate_age: Age | None = None
    same_home: bool | None = None


class Family(Body):
    """FAMILY: holders of parental authority, siblings, and what is known of the home."""

    needs_one: ClassVar = ("holders", "siblings", "situation")
    holders: Annotated[tuple[Holder, ...], Field(max_length=6)] = ()
    siblings: Annotated[tuple[Sibling, ...], Field(max_length=16)] = ()
    situation: Text | None = None


class Schooling(Body):
    """SCHOOLING: where, in which class, absences in half days, and what the school sees."""

    needs_one: ClassVar = None
    establishment: Line | None = None
    level: ClassLevel | None = None
    half_days_absent: Count | None = None
    half_days_unjustified: Count | None = None
    absent_since: Past | None = None
    remarks: Text | None = None

    @field_validator("half_days_unjustified")
    @classmethod
    def _of_those_absent(cls, count: int | None, info: ValidationInfo) -> int | None:
        absent = info.data.get("half_days_absent")
        if day_of(info) and absent is not None and (count or 0) > absent:
            raise fault("contradiction", "no more than half days of absence")
        return count


# --- FACTS ----------------------------------------------------------------------------------------


class Fact(Body):
    """One fact: when it was observed, what, and the words as they were said."""

    observed_on: Past | None = None
    observed: Text
    quoted: Text | None = None


class Facts(Body):
    """FACTS: observed facts and quoted words, without names of third parties."""

    facts: Annotated[tuple[Fact, ...], Field(min_length=1, max_length=12)]


class FactsSummary(Body):
    """FACTS.summary: the minimum that the recipient needs to begin (R07, R22)."""

    summary: Summary


class ThirdPerson(Body):
    """A named exploiter, peer, resident or relative."""

    name: Line
    role: Literal["suspected_exploiter", "peer", "resident", "relative", "witness", "other"]
    link: Short | None = None


class ThirdParty(Body):
    """FACTS.third_party: persons named in the facts."""

    persons: Annotated[tuple[ThirdPerson, ...], Field(min_length=1, max_length=12)]


class Source(Body):
    """FACTS.source: who alerted, if a private person. No clause releases it."""

    kind: Literal["family", "neighbour", "minor", "anonymous", "other"]
    name: Line | None = None
    phone: Phone | None = None


# --- RISK, HEALTH ---------------------------------------------------------------------------------


class Risk(Body):
    """RISK: appraisal of danger, with its level and flags."""

    needs_one: ClassVar = ("level", "flags", "appraisal", "resources")
    level: Level | None = None
    flags: Annotated[tuple[Flag, ...], Field(max_length=9)] = ()
    appraisal: Text | None = None
    resources: Text | None = None


class RiskLevel(Body):
    """RISK.level: the coded level alone (R43)."""

    level: Level


class RiskFlags(Body):
    """RISK.flags: coded flags alone (R33)."""

    flags: Annotated[tuple[Flag, ...], Field(min_length=1, max_length=9)]


class RiskSafety(Body):
    """RISK.safety: a short note for those who receive the child (R25)."""

    note: Short


class Health(Body):
    """HEALTH: the full file. No clause releases it; it is typed so that it can be left out."""

    record: Text


class HealthVital(Body):
    """HEALTH.vital (`H*`): vital or directly observed signs, and no diagnosis."""

    needs_one: ClassVar = ("signs", "observed")
    signs: Annotated[tuple[Sign, ...], Field(max_length=12)] = ()
    observed: Summary | None = None


# --- PROCEDURE, MEASURE, LOCATION -----------------------------------------------------------------


class Procedure(Body):
    """PROCEDURE: the criminal case, for justice and police (R21)."""

    needs_one: ClassVar = None
    number: Line | None = None
    acts: Annotated[tuple[Line, ...], Field(max_length=12)] = ()
    text: Text | None = None


class ProcedureReference(Body):
    """PROCEDURE.reference: the number alone (R24)."""

    number: Line


class ProcedureStatus(Body):
    """PROCEDURE.status: a code (R40)."""

    status: Literal[
        "inquiry_open", "judge_seized", "opp_ordered", "prosecuted", "alternative",
        "closed_no_action", "returned_to_department",
    ]  # fmt: skip
    since: Past | None = None


class ProcedureHearing(Body):
    """PROCEDURE.hearing: when and where the minor is heard (R37)."""

    at: Instant
    place: Line
    duration_minutes: Annotated[int, Field(ge=5, le=600)] | None = None


class Measure(Body):
    """MEASURE: a civil or administrative measure, and who has custody."""

    measure: MeasureKind
    decided_on: Past | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    custodian: Line | None = None
    operator: Line | None = None
    terms: Text | None = None


class MeasureProposal(Body):
    """MEASURE.proposal: what an evaluation proposes (R18, R20)."""

    proposed: Annotated[tuple[MeasureKind, ...], Field(min_length=1, max_length=4)]
    reasons: Text | None = None


class Action(Body):
    """What was agreed, by whom (a role), by when."""

    action: Short
    by: Literal["CRIP", "ASE", "EDU-S", "PMI", "HOME", "MO", "ASSO", "PJJ"]
    before: Day | None = None


class MeasureActions(Body):
    """MEASURE.actions: the decisions of a meeting (R43)."""

    actions: Annotated[tuple[Action, ...], Field(min_length=1, max_length=16)]


class MeasureAttendance(Body):
    """MEASURE.attendance: meetings planned and kept in a month, no word of what was said (R31)."""

    month: Month
    planned: Count
    kept: Count

    @field_validator("month")
    @classmethod
    def _begun(cls, month: str, info: ValidationInfo) -> str:
        if month > (day_of(info)[:7] or month):
            raise fault("date_in_future", MONTH_BEGUN)
        return month

    @field_validator("kept")
    @classmethod
    def _of_those_planned(cls, count: int, info: ValidationInfo) -> int:
        if day_of(info) and count > info.data.get("planned", count):
            raise fault("contradiction", NOT_MORE_THAN_PLANNED)
        return count


class MeasureCustodian(Body):
    """MEASURE.custodian: whom the school calls, and not why (R32)."""

    service: Line
    phone: Phone
    since: Day | None = None


class Location(Body):
    """LOCATION: one present or last place, never a trail."""

    place: Line
    kind: Literal["home", "street", "hotel", "station", "school", "health", "police", "other"]
    city: Line | None = None


# --- CODE ----------------------------------------------------------------------------------------


class Questions(Body):
    """CODE.questions: what is asked, coded, so that the question tells nothing (R14, R15)."""

    questions: Annotated[
        tuple[
            Literal[
                "attendance", "change_of_behaviour", "known_adults", "health_followup",
                "contact_with_parents", "known_to_service", "mother_child_bond", "vaccination",
                "personality", "living_conditions", "education_conditions", "measure_needed",
            ],
            ...,
        ],
        Field(min_length=1, max_length=12),
    ]  # fmt: skip


class Outcome(Body):
    """CODE.outcome: the outcome given, not the content (R39, R41)."""

    outcome: Literal[JUDICIAL_OUTCOMES]  # type: ignore[valid-type]
    on: Past | None = None


class AttendanceCode(Body):
    """CODE.attendance: yes or no, and nothing that the minor said (R38)."""

    attends: bool


class AbsenceCode(Body):
    """CODE.absence: a status for the school's register, neither place nor cause (R36)."""

    status: Literal["absence_known", "returned"]
    since: Day


class Meeting(Body):
    """CODE.meeting: when and at whose premises; no name (R42)."""

    at: Instant
    duration_minutes: Annotated[int, Field(ge=5, le=600)]
    at_premises_of: Literal["ASE", "CRIP", "ASSO", "HOME", "MO", "EDU-S", "PMI", "video"]


# The usual body of every scope; acts may extend one (`contracts.vocabulary.events`).
BODIES: Final[dict[str, type[Body]]] = {
    "IDENTITY": Identity,
    "IDENTITY.description": Description,
    "CONTACT": Contact,
    "FAMILY": Family,
    "SCHOOLING": Schooling,
    "FACTS": Facts,
    "FACTS.summary": FactsSummary,
    "FACTS.third_party": ThirdParty,
    "FACTS.source": Source,
    "RISK": Risk,
    "RISK.level": RiskLevel,
    "RISK.flags": RiskFlags,
    "RISK.safety": RiskSafety,
    "HEALTH": Health,
    "HEALTH.vital": HealthVital,
    "PROCEDURE": Procedure,
    "PROCEDURE.reference": ProcedureReference,
    "PROCEDURE.status": ProcedureStatus,
    "PROCEDURE.hearing": ProcedureHearing,
    "MEASURE": Measure,
    "MEASURE.proposal": MeasureProposal,
    "MEASURE.actions": MeasureActions,
    "MEASURE.attendance": MeasureAttendance,
    "MEASURE.custodian": MeasureCustodian,
    "LOCATION": Location,
    "CODE.questions": Questions,
    "CODE.outcome": Outcome,
    "CODE.attendance": AttendanceCode,
    "CODE.absence": AbsenceCode,
    "CODE.meeting": Meeting,
    "STAT.counts": Counts,
}
