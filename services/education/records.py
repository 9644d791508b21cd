"""What a school's information system files, in its own words.

`uai` is the establishment's national code (Unité administrative immatriculée) and `ine` the
pupil's: both are the ministry's own business and never leave it.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, StringConstraints

from contracts.envelope.model import Closed
from contracts.vocabulary.fields import (
    Age,
    ClassLevel,
    Count,
    Day,
    Line,
    MeasureKind,
    Phone,
    Sex,
    Short,
    Sign,
    Summary,
    Text,
)
from services.agency.record.record import Answer, PhoneCall, Record, Told, kinds
from services.agency.record.shared_blocks import Appraisal, Parents, Siblings

Uai = Annotated[str, StringConstraints(pattern=r"^[0-9]{7}[A-Z]$")]
Ine = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{11}$")]


class Pupil(Closed):
    """A pupil as the school's file has her or him."""

    first_name: Line
    last_name: Line | None = None
    birth_date: Day | None = None
    approximate_age: Age | None = None
    sex: Sex | None = None
    ine: Ine | None = None
    phone: Phone | None = None


class Establishment(Closed):
    """The school, and the class: `form` is its name (3e B), which would tell whom to ask."""

    uai: Uai
    name: Line
    level: ClassLevel | None = None
    form: Line | None = None


class Absences(Closed):
    """Absences in half days since a day."""

    half_days: Count
    unjustified: Count | None = None
    since: Day | None = None


class Observation(Closed):
    """What a professional saw, and the pupil's words."""

    seen_on: Day | None = None
    seen: Text
    words: Text | None = None


class NamedPerson(Closed):
    """A classmate or an adult who is named in what was seen or heard."""

    name: Line
    who: Literal["classmate", "adult", "suspected_exploiter"]
    link: Short | None = None


class Place(Closed):
    """Where the pupil is now."""

    name: Line
    kind: Literal["home", "street", "school", "health", "other"]
    city: Line | None = None


class Described(Record):
    """What information préoccupante, signalement and police notification have in common."""

    pupil: Pupil
    establishment: Establishment | None = None
    absences: Absences | None = None
    remarks: Text | None = None
    parents: Parents = ()
    siblings: Siblings = ()
    family_situation: Text | None = None
    observations: Annotated[tuple[Observation, ...], Field(max_length=12)] = ()
    named_persons: Annotated[tuple[NamedPerson, ...], Field(max_length=12)] = ()
    appraisal: Appraisal | None = None
    signs: Annotated[tuple[Sign, ...], Field(max_length=12)] = ()
    nurse_note: Summary | None = None
    medical_file: Text | None = None
    told: Told | None = None


class InformationPreoccupante(Described):
    """A concern to the CRIP: R01 by the social service, R02 by a head teacher."""

    roles: ClassVar[tuple[str, ...]] = ("EDU-S", "EDU-H")
    kind: Literal["information_preoccupante"]


class Grave(Described):
    """A signalement and its later copy."""

    danger: bool | None = None
    call: PhoneCall | None = None
    place: Place | None = None
    known_measure: MeasureKind | None = None


class Signalement(Grave):
    """To the prosecutor (R08, R09), with the CRIP's copy in the same event (R11)."""

    roles: ClassVar[tuple[str, ...]] = ("EDU-S", "EDU-H")
    kind: Literal["signalement"]


class SignalementCopy(Grave):
    """The CRIP's copy sent later (R11): `answers` names the signalement."""

    roles: ClassVar[tuple[str, ...]] = ("EDU-S", "EDU-H")
    kind: Literal["signalement_copy"]
    answers: Annotated[tuple[Answer, ...], Field(min_length=1, max_length=16)]


class EvaluationContribution(Record):
    """Answers the CRIP's coded questions (R16)."""

    roles: ClassVar[tuple[str, ...]] = ("EDU-S",)
    kind: Literal["evaluation_contribution"]
    pupil: Pupil | None = None
    establishment: Establishment | None = None
    absences: Absences | None = None
    remarks: Text | None = None
    observations: Annotated[tuple[Observation, ...], Field(max_length=12)] = ()
    named_persons: Annotated[tuple[NamedPerson, ...], Field(max_length=12)] = ()
    appraisal: Appraisal | None = None
    medical_file: Text | None = None
    told: Told | None = None


class PoliceNotification(Described):
    """A note to the police. No clause lets education write to them: it becomes an attempt."""

    roles: ClassVar[tuple[str, ...]] = ("EDU-S", "EDU-H")
    kind: Literal["police_notification"]


KINDS: Final = kinds(
    InformationPreoccupante, Signalement, SignalementCopy, EvaluationContribution,
    PoliceNotification,
)  # fmt: skip
