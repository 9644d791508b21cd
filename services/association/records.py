"""What the associations file, and beside each field what becomes of it.

Street outreach works by free adhesion and knows a first name and an age at most. `followup_number`
and `worker` are the association's own business and never leave. `confidences` are what a young
person said in confidence, without a link to a danger: no scope lets them pass with the facts.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from contracts.vocabulary.fields import Age, Line, Text
from services.agency.record import shared_blocks as shared
from services.agency.record.form import Answers, InDanger, IsLast, WhetherTold
from services.agency.record.marks import OWN, Becomes, To
from services.agency.record.record import Record, kinds
from services.agency.record.shared_blocks import (
    Appraisal,
    HealthNote,
    NamedPersons,
    Observations,
    Parents,
    Place,
    Proposal,
    Proposed,
    Signs,
    Somebody,
    one_fact,
)

Number = Annotated[Line | None, OWN]


class YoungPerson(Somebody):
    """Who is met: perhaps only as she or he is known."""

    known_as: Annotated[Line, To("first_name")]
    family_name: Annotated[Line | None, To("name")] = None
    age: Annotated[Age | None, To("approximate_age")] = None


class Met(Record):
    """A young person who was met, and what was seen."""

    roles: ClassVar[tuple[str, ...]] = ("ASSO", "PSP")
    young_person: YoungPerson | None = None
    parents: Parents = ()
    followup_number: Number = None
    worker: Number = None
    observations: Observations = ()
    appraisal: Appraisal | None = None
    signs: Signs = ()
    signs_note: HealthNote = None
    peers: NamedPersons = ()
    confidences: Annotated[Text | None, OWN] = None


class MetSomewhere(Met):
    """With the place where the young person is now."""

    meeting_place: Place | None = None


class InformationPreoccupante(shared.InformationPreoccupante, MetSomewhere):
    """A concern to the CRIP: R04 by street outreach, R05 by the association."""

    roles = Met.roles
    danger: InDanger = None


class Signalement(shared.Signalement, MetSomewhere):
    """To the prosecutor (R10), with the CRIP's copy in the same event (R11)."""

    roles = Met.roles


class SignalementCopy(shared.SignalementCopy, MetSomewhere):
    """The CRIP's copy sent later (R11): `answers` names the signalement."""

    roles = Met.roles


class SpecialistEvaluation(Met):
    """The specialist evaluation, to the CRIP and the ASE (R20); `final` on the last."""

    roles = ("ASSO",)
    becomes = Becomes("EVALREP", {"CRIP": "decide", "ASE": "decide"})
    kind: Literal["evaluation_report"]
    proposed: Proposed = ()
    proposal: Proposal = None
    told: WhetherTold = None
    final: IsLast = None


class ProgressReport(shared.ProgressReport):
    """The month's meetings, planned and kept (R31); what was said stays here."""

    roles = ("ASSO",)
    followup_number: Number = None
    confidences: Annotated[Text | None, To("FACTS:facts", one_fact)] = None


class HearingReply(Record):
    """Whether somebody will be beside the minor (R38): to a notice, yes or no, no more."""

    roles = ("ASSO",)
    becomes = Becomes("HEARING", {"POL": "be_present"})
    kind: Literal["hearing_reply"]
    answers: Answers
    attends: Annotated[bool, To("CODE.attendance")]
    worker: Number = None
    said_by_minor: Annotated[Text | None, To("FACTS:facts", one_fact)] = None


KINDS: Final = kinds(
    InformationPreoccupante, Signalement, SignalementCopy, SpecialistEvaluation, ProgressReport,
    HearingReply,
)  # fmt: skip
