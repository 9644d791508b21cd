"""What the ASE files: evaluations, measures, notices to schools, meetings; referrals with the CRIP."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.envelope.model import Closed
from contracts.vocabulary.fields import Day, Level, Line, MeasureKind, Phone, Short, Summary, Text
from services.agency.record.record import Answer, DeskId, Moment, Record, Told
from services.agency.record.shared_blocks import Observations
from services.child_welfare.child import Child, School, Situation, Whereabouts

Participants = Annotated[tuple[DeskId, ...], Field(min_length=1, max_length=16)]


class SpecialistReferral(Situation):
    """To the specialist association: a joint evaluation (R19), or the ASE's follow-up (R30)."""

    roles: ClassVar[tuple[str, ...]] = ("CRIP", "ASE")
    kind: Literal["specialist_referral"]
    frame: Literal["joint_evaluation", "follow_up"]
    follow_up_until: Day | None = None
    told: Told | None = None


class EvaluationReport(Situation):
    """The evaluators' report to the CRIP (R18); `final` on the last."""

    roles: ClassVar[tuple[str, ...]] = ("ASE",)
    kind: Literal["evaluation_report"]
    proposed: Annotated[tuple[MeasureKind, ...], Field(max_length=4)] = ()
    proposal: Text | None = None
    criminal_note: Text | None = None
    final: bool | None = None


class Aed(Situation):
    """Home-based action by contract with the parents (R29, L.222-3)."""

    roles: ClassVar[tuple[str, ...]] = ("ASE",)
    kind: Literal["aed"]
    contract_on: Day
    ends_on: Day | None = None
    operator: DeskId | None = None
    terms: Text | None = None
    renewal: bool | None = None
    parents_agree: bool | None = None
    told: Told | None = None


class MeasureEnd(Record):
    """Ends an AED or a specialist follow-up: `ends` names what opened it."""

    roles: ClassVar[tuple[str, ...]] = ("ASE",)
    kind: Literal["measure_end"]
    measure: Literal["aed", "specialist_followup"]
    ended_on: Day
    ends: Annotated[tuple[Answer, ...], Field(min_length=1, max_length=16)]
    told: Told | None = None


class Custodian(Closed):
    """Whom the school calls."""

    service: Line
    phone: Phone
    since: Day | None = None


class SchoolingNotice(Record):
    """Tells a school whom to call, and not why (R32)."""

    roles: ClassVar[tuple[str, ...]] = ("ASE",)
    kind: Literal["schooling_notice"]
    child: Child
    school: School | None = None
    custodian: Custodian
    reason: Summary | None = None
    told: Told | None = None


class AbsenceNotice(Record):
    """Tells a school that an absence is known, or over (R36); neither place nor cause."""

    roles: ClassVar[tuple[str, ...]] = ("ASE",)
    kind: Literal["absence_notice"]
    child: Child
    status: Literal["absence_known", "returned"]
    since: Day
    whereabouts: Whereabouts | None = None
    cause: Summary | None = None
    told: Told | None = None


class CoordinationInvitation(Record):
    """Calls the participants to a case meeting (R42): no name travels, only when and where."""

    roles: ClassVar[tuple[str, ...]] = ("ASE",)
    kind: Literal["coordination_invitation"]
    at: Moment
    minutes: Annotated[int, Field(ge=5, le=600)]
    premises: Literal["ASE", "CRIP", "ASSO", "HOME", "MO", "EDU-S", "PMI", "video"]
    child: Child | None = None
    agenda: Summary | None = None
    to: Participants


class AgreedAction(Closed):
    """What was agreed, by which role, by when."""

    action: Short
    by: Literal["CRIP", "ASE", "EDU-S", "PMI", "HOME", "MO", "ASSO", "PJJ"]
    before: Day | None = None


class CoordinationDecisions(Record):
    """What a case meeting decided (R43)."""

    roles: ClassVar[tuple[str, ...]] = ("ASE",)
    kind: Literal["coordination_decisions"]
    actions: Annotated[tuple[AgreedAction, ...], Field(max_length=16)] = ()
    level: Level | None = None
    observations: Observations = ()
    health_note: Summary | None = None
    told: Told | None = None
    to: Participants
