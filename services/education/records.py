"""What a school's information system files, and beside each field what becomes of it.

`uai` is the establishment's national code (Unité administrative immatriculée) and `ine` the
pupil's: both are the ministry's own business and never leave it.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from contracts.vocabulary.fields import (
    ClassLevel,
    Count,
    Day,
    Line,
    MeasureKind,
    Short,
    Summary,
    Text,
)
from services.agency.record import shared_blocks as shared
from services.agency.record.form import WhetherTold
from services.agency.record.marks import OWN, Becomes, Block, Keeps, To
from services.agency.record.record import Record, kinds
from services.agency.record.shared_blocks import (
    Appraisal,
    FamilySituation,
    Parents,
    Person,
    Siblings,
    Signs,
)

Uai = Annotated[str, StringConstraints(pattern=r"^[0-9]{7}[A-Z]$")]
Ine = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{11}$")]
_ROLE: Final = {
    "classmate": "peer",
    "adult": "other",
    "suspected_exploiter": "suspected_exploiter",
}


class Pupil(Person):
    """A pupil as the school's file has her or him."""

    last_name: Annotated[Line | None, To("name")] = None
    ine: Annotated[Ine | None, OWN] = None


class Establishment(Block):
    """The school, and the class: `form` is its name (3e B), which would tell whom to ask."""

    scope = "SCHOOLING"

    uai: Annotated[Uai, OWN]
    name: Annotated[Line, To("establishment")]
    level: ClassLevel | None = None
    form: Annotated[Line | None, OWN] = None


class Absences(Block):
    """Absences in half days since a day."""

    scope = "SCHOOLING"

    half_days: Annotated[Count, To("half_days_absent")]
    unjustified: Annotated[Count | None, To("half_days_unjustified")] = None
    since: Annotated[Day | None, To("absent_since")] = None


class SchoolObservation(Block):
    """What a professional saw, and the pupil's words."""

    seen_on: Annotated[Day | None, To("observed_on")] = None
    seen: Annotated[Text, To("observed")]
    words: Annotated[Text | None, To("quoted")] = None


class PersonAtSchool(Block):
    """A classmate or an adult who is named in what was seen or heard."""

    name: Line
    who: Annotated[
        Literal["classmate", "adult", "suspected_exploiter"], To("role", _ROLE.__getitem__)
    ]
    link: Short | None = None


class PupilPlace(Block):
    """Where the pupil is now."""

    scope = "LOCATION"

    name: Annotated[Line, To("place")]
    kind: Literal["home", "street", "school", "health", "other"]
    city: Line | None = None


class AtSchool(Record):
    """What the school knows of its pupil."""

    establishment: Establishment | None = None
    absences: Absences | None = None
    remarks: Annotated[Text | None, To("SCHOOLING")] = None
    observations: Annotated[
        tuple[SchoolObservation, ...], Field(max_length=12), To("FACTS:facts")
    ] = ()
    named_persons: Annotated[
        tuple[PersonAtSchool, ...], Field(max_length=12), To("FACTS.third_party:persons")
    ] = ()
    appraisal: Appraisal | None = None
    medical_file: Annotated[Text | None, To("HEALTH:record")] = None
    told: WhetherTold = None


class Described(AtSchool):
    """What information préoccupante, signalement and police notification have in common."""

    roles = ("EDU-S", "EDU-H")
    pupil: Pupil
    parents: Parents = ()
    siblings: Siblings = ()
    family_situation: FamilySituation = None
    signs: Signs = ()
    nurse_note: Annotated[Summary | None, To("HEALTH.vital:observed")] = None


class InformationPreoccupante(shared.InformationPreoccupante, Described):
    """A concern to the CRIP: R01 by the social service, R02 by a head teacher."""

    roles = Described.roles


class GraveAtSchool(Described):
    """A signalement and its later copy."""

    place: PupilPlace | None = None
    known_measure: Annotated[MeasureKind | None, To("MEASURE:measure")] = None


class Signalement(shared.Signalement, GraveAtSchool):
    """To the prosecutor (R08, R09), with the CRIP's copy in the same event (R11)."""

    roles = Described.roles


class SignalementCopy(shared.SignalementCopy, GraveAtSchool):
    """The CRIP's copy sent later (R11): `answers` names the signalement."""

    roles = Described.roles


class EvaluationContribution(shared.EvaluationContribution, AtSchool):
    """Answers the CRIP's coded questions (R16)."""

    roles = ("EDU-S",)
    pupil: Annotated[Pupil | None, Keeps("phone")] = None


class PoliceNotification(Described):
    """A note to the police. No clause lets education write to them: it becomes an attempt."""

    becomes = Becomes("IP", {"POL": None})
    kind: Literal["police_notification"]


KINDS: Final = kinds(
    InformationPreoccupante, Signalement, SignalementCopy, EvaluationContribution,
    PoliceNotification,
)  # fmt: skip
