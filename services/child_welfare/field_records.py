"""What those who live and work with the child file: PMI, homes (HOME), home-based support (MO)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.envelope.model import Closed
from contracts.vocabulary.categories import Photo
from contracts.vocabulary.fields import Count, Flag, Line, MeasureKind, Month, Short, Text
from services.agency.record.record import Answer, Moment, PhoneCall, Record, Told
from services.agency.record.shared_blocks import Appraisal, NamedPersons
from services.child_welfare.child import Child, Situation, Whereabouts


class InformationPreoccupante(Situation):
    """The PMI's concern to the CRIP (R03)."""

    roles: ClassVar[tuple[str, ...]] = ("PMI",)
    kind: Literal["information_preoccupante"]
    mother_medical_file: Text | None = None
    told: Told | None = None


class Grave(Situation):
    """A signalement and its later copy."""

    named_persons: NamedPersons = ()
    therapeutic_notes: Text | None = None
    measure_in_force: MeasureKind | None = None
    whereabouts: Whereabouts | None = None
    danger: bool | None = None
    call: PhoneCall | None = None


class Signalement(Grave):
    """To the prosecutor (PMI R09; HOME, MO R10), with the CRIP's copy in the same event (R11)."""

    roles: ClassVar[tuple[str, ...]] = ("PMI", "HOME", "MO")
    kind: Literal["signalement"]


class SignalementCopy(Grave):
    """The CRIP's copy sent later (R11): `answers` names the signalement."""

    roles: ClassVar[tuple[str, ...]] = ("PMI", "HOME", "MO")
    kind: Literal["signalement_copy"]
    answers: Annotated[tuple[Answer, ...], Field(min_length=1, max_length=16)]


class EvaluationContribution(Situation):
    """The PMI answers the CRIP's questions (R17)."""

    roles: ClassVar[tuple[str, ...]] = ("PMI",)
    kind: Literal["evaluation_contribution"]
    medical_file: Text | None = None
    told: Told | None = None


class IncidentNote(Situation):
    """*Note d'incident* to the ASE, so that the measure can be adapted (R06)."""

    roles: ClassVar[tuple[str, ...]] = ("HOME", "MO")
    kind: Literal["incident_note"]
    whereabouts: Whereabouts | None = None
    residents: NamedPersons = ()


class Appearance(Closed):
    """How the child looks; a photograph of at most 136 KiB."""

    height_cm: Annotated[int, Field(ge=30, le=230)] | None = None
    build: Literal["thin", "average", "strong"] | None = None
    hair: Line | None = None
    eyes: Line | None = None
    clothing: Short | None = None
    marks: Short | None = None
    photo: Photo | None = None


class LastSeen(Closed):
    """Where and when the child was last seen."""

    place: Line
    kind: Literal["home", "street", "hotel", "station", "school", "health", "police", "other"]
    city: Line | None = None
    at: Moment


class Runaway(Situation):
    """Declares a runaway: to the police (R33), to the ASE and the parquet (R34), in one event.

    `flags` are for the police, `appraisal` for the others. If the evaluation is attached
    (`observations`, `siblings`, `family_situation`), it and the appraisal are meant for all, and
    the convention says what passes. `runaway_number` is the home's own count.
    """

    roles: ClassVar[tuple[str, ...]] = ("HOME",)
    kind: Literal["runaway"]
    runaway_number: Count | None = None
    appearance: Appearance | None = None
    last_seen: LastSeen | None = None
    flags: Annotated[tuple[Flag, ...], Field(max_length=9)] = ()
    residents: NamedPersons = ()
    call: PhoneCall | None = None


class RunawayEnd(Record):
    """The child is back: `ends` names the declaration."""

    roles: ClassVar[tuple[str, ...]] = ("HOME",)
    kind: Literal["runaway_end"]
    child: Child | None = None
    ends: Annotated[tuple[Answer, ...], Field(min_length=1, max_length=16)]


class MeasureReport(Situation):
    """The home-based operator's report to the judge (R28); `final` on the last."""

    roles: ClassVar[tuple[str, ...]] = ("MO",)
    kind: Literal["measure_report"]
    proposed: Annotated[tuple[MeasureKind, ...], Field(max_length=4)] = ()
    proposal: Text | None = None
    final: bool | None = None


class ProgressReport(Record):
    """The month's meetings, planned and kept (R31); what was said stays with the operator."""

    roles: ClassVar[tuple[str, ...]] = ("MO",)
    kind: Literal["progress_report"]
    month: Month
    planned: Count
    kept: Count
    appraisal: Appraisal | None = None
    notes: Text | None = None
