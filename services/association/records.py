"""What the associations file, in their own words.

Street outreach works by free adhesion and knows a first name and an age at most. `followup_number`
and `worker` are the association's own business and never leave. `confidences` are what a young
person said in confidence, without a link to a danger: they stay with the association too.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from contracts.envelope.model import Closed
from contracts.vocabulary.fields import (
    Age,
    Count,
    Day,
    Line,
    MeasureKind,
    Month,
    Phone,
    Sex,
    Sign,
    Summary,
    Text,
)
from services.agency.record.record import Answer, PhoneCall, Record, Told, kinds
from services.agency.record.shared_blocks import Appraisal, NamedPersons, Observations, Parents


class YoungPerson(Closed):
    """Who is met: perhaps only as she or he is known."""

    known_as: Line
    family_name: Line | None = None
    birth_date: Day | None = None
    age: Age | None = None
    sex: Sex | None = None
    phone: Phone | None = None


class MeetingPlace(Closed):
    """Where the young person is now; one place, never a trail."""

    place: Line
    kind: Literal["home", "street", "hotel", "station", "school", "health", "police", "other"]
    city: Line | None = None


class Met(Record):
    """A young person who was met, and what was seen."""

    young_person: YoungPerson | None = None
    parents: Parents = ()
    followup_number: Line | None = None
    worker: Line | None = None
    observations: Observations = ()
    appraisal: Appraisal | None = None
    signs: Annotated[tuple[Sign, ...], Field(max_length=12)] = ()
    signs_note: Summary | None = None
    peers: NamedPersons = ()
    confidences: Text | None = None


class InformationPreoccupante(Met):
    """A concern to the CRIP: R04 by street outreach, R05 by the association."""

    roles: ClassVar[tuple[str, ...]] = ("ASSO", "PSP")
    kind: Literal["information_preoccupante"]
    meeting_place: MeetingPlace | None = None
    danger: bool | None = None
    told: Told | None = None


class Grave(Met):
    """A signalement and its later copy."""

    meeting_place: MeetingPlace | None = None
    danger: bool | None = None
    call: PhoneCall | None = None


class Signalement(Grave):
    """To the prosecutor (R10), with the CRIP's copy in the same event (R11)."""

    roles: ClassVar[tuple[str, ...]] = ("ASSO", "PSP")
    kind: Literal["signalement"]


class SignalementCopy(Grave):
    """The CRIP's copy sent later (R11): `answers` names the signalement."""

    roles: ClassVar[tuple[str, ...]] = ("ASSO", "PSP")
    kind: Literal["signalement_copy"]
    answers: Annotated[tuple[Answer, ...], Field(min_length=1, max_length=16)]


class EvaluationReport(Met):
    """The specialist evaluation, to the CRIP and the ASE (R20); `final` on the last."""

    roles: ClassVar[tuple[str, ...]] = ("ASSO",)
    kind: Literal["evaluation_report"]
    proposed: Annotated[tuple[MeasureKind, ...], Field(max_length=4)] = ()
    proposal: Text | None = None
    told: Told | None = None
    final: bool | None = None


class ProgressReport(Record):
    """The month's meetings, planned and kept (R31); what was said stays here."""

    roles: ClassVar[tuple[str, ...]] = ("ASSO",)
    kind: Literal["progress_report"]
    followup_number: Line | None = None
    month: Month
    planned: Count
    kept: Count
    appraisal: Appraisal | None = None
    confidences: Text | None = None


class HearingReply(Record):
    """Whether somebody will be beside the minor (R38): yes or no, and nothing else."""

    roles: ClassVar[tuple[str, ...]] = ("ASSO",)
    kind: Literal["hearing_reply"]
    attends: bool
    worker: Line | None = None
    said_by_minor: Text | None = None


KINDS: Final = kinds(
    InformationPreoccupante, Signalement, SignalementCopy, EvaluationReport, ProgressReport,
    HearingReply,
)  # fmt: skip
