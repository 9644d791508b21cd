"""What the ASE files: evaluations, measures, notices, meetings; with the CRIP referrals."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import Field

from contracts.decision.draft import Draft
from contracts.vocabulary.fields import Day, Level, Line, Phone, Short, Summary, Text
from services.agency.record.form import (
    Answers,
    DeskId,
    IsLast,
    Moment,
    Renewal,
    WhetherTold,
    instant,
)
from services.agency.record.marks import Becomes, Block, ClearFact, Names, Says, To
from services.agency.record.record import Record, Writing
from services.agency.record.shared_blocks import HealthNote, Observations, Proposal, Proposed
from services.child_welfare.child_records import (
    NamedChild,
    PerhapsNamedChild,
    School,
    Situation,
    Whereabouts,
)

Participants = Annotated[tuple[DeskId, ...], Field(min_length=1, max_length=16)]
PARTICIPANTS: Final = ("CRIP", "ASE", "EDU-S", "PMI", "SSD", "HOME", "MO", "ASSO", "PJJ")
# Asked to a meeting by day, hour and place alone, and sent no decisions.
INVITED: Final = (*PARTICIPANTS, "PARQ-CIV", "JE", "POL", "EDU-H", "PSP")
_FRAME: Final = {"joint_evaluation": "joint_evaluation", "follow_up": "specialist_followup"}
_MEASURE: Final = {"follow_up": "specialist_followup"}
_PHASE: Final = {"follow_up": "start"}


class AssociationReferral(Situation):
    """To the specialist association: a joint evaluation (R19), or the ASE's follow-up (R30)."""

    roles = ("CRIP", "ASE")
    becomes = Becomes("SPECREF", {"ASSO": "joint_evaluation"})
    kind: Literal["specialist_referral"]
    frame: Annotated[
        Literal["joint_evaluation", "follow_up"],
        To("MEASURE:measure", _MEASURE.get),
        ClearFact("phase", _PHASE.get),
    ]
    follow_up_until: Annotated[
        Day | None, To("MEASURE:ends_on", alone=False), ClearFact("ends_on")
    ] = None
    told: WhetherTold = None

    def drafts(self, writing: Writing) -> list[Draft]:
        """The frame is the purpose."""
        return [writing.event(replace(self.becomes, to={"ASSO": _FRAME[self.frame]}))]


class EvaluatorsReport(Situation):
    """The evaluators' report to the CRIP (R18); `final` on the last."""

    roles = ("ASE",)
    becomes = Becomes("EVALREP", {"CRIP": "decide"})
    kind: Literal["evaluation_report"]
    proposed: Proposed = ()
    proposal: Proposal = None
    criminal_note: Annotated[Text | None, To("PROCEDURE:text")] = None
    final: IsLast = None


class Aed(Situation):
    """Home-based action by contract with the parents (R29, L.222-3)."""

    roles = ("ASE",)
    becomes = Becomes("MEASURE", {"MO": "aed_home"}, const={"MEASURE:measure": "aed"})
    kind: Literal["aed"]
    contract_on: Annotated[Day, To("MEASURE:decided_on"), ClearFact("decided_on")]
    ends_on: Annotated[Day | None, To("MEASURE"), ClearFact("ends_on")] = None
    operator: Annotated[DeskId | None, Names("MO")] = None
    terms: Annotated[Text | None, To("MEASURE")] = None
    renewal: Renewal = None
    parents_agree: Annotated[bool | None, Says("parents_agree")] = None
    told: WhetherTold = None


_FOLLOW_UP: Final = Becomes("SPECREF", {"ASSO": "specialist_followup"})


class AdministrativeMeasureEnd(Record):
    """Ends an AED or a specialist follow-up: `ends` names what opened it."""

    roles = ("ASE",)
    becomes = Becomes("MEASURE", {"MO": "aed_home"}, const={"MEASURE:ended": True})
    otherwise = (_FOLLOW_UP,)
    kind: Literal["measure_end"]
    measure: Annotated[Literal["aed", "specialist_followup"], To("MEASURE")]
    ended_on: Annotated[Day, To("MEASURE:ends_on")]
    ends: Answers
    told: WhetherTold = None

    def drafts(self, writing: Writing) -> list[Draft]:
        """An AED ends by MEASURE to the operator, a follow-up by SPECREF to the association."""
        if self.measure == "aed":
            return [writing.event(self.becomes)]
        return [writing.event(_FOLLOW_UP)]


class Custodian(Block):
    """Whom the school calls."""

    scope = "MEASURE.custodian"

    service: Line
    phone: Phone
    since: Day | None = None


class SchoolingNotice(Record):
    """Tells a school whom to call, and not why (R32)."""

    roles = ("ASE",)
    becomes = Becomes("MEASURE", {"EDU-H": "keep_schooling"})
    kind: Literal["schooling_notice"]
    child: NamedChild
    school: School | None = None
    custodian: Custodian
    reason: Annotated[Summary | None, To("FACTS.summary:summary")] = None
    told: WhetherTold = None


class AbsenceNotice(Record):
    """Tells a school that an absence is known, or over (R36); neither place nor cause."""

    roles = ("ASE",)
    becomes = Becomes("MISSING", {"EDU-H": "absence_code"}, const={"LOCATION:seen": "last_seen"})
    kind: Literal["absence_notice"]
    child: NamedChild
    status: Annotated[Literal["absence_known", "returned"], To("CODE.absence")]
    since: Annotated[Day, To("CODE.absence")]
    whereabouts: Whereabouts | None = None
    cause: Annotated[Summary | None, To("FACTS.summary:summary")] = None
    told: WhetherTold = None


class CoordinationInvitation(Record):
    """Calls the participants to a case meeting (R42): no name travels, only when and where."""

    roles = ("ASE", "CRIP")
    becomes = Becomes("COORD", dict.fromkeys(INVITED, "invite"), usual=())
    kind: Literal["coordination_invitation"]
    at: Annotated[Moment, To("CODE.meeting:at", instant)]
    minutes: Annotated[int, Field(ge=5, le=600), To("CODE.meeting:duration_minutes")]
    premises: Annotated[
        Literal["ASE", "CRIP", "ASSO", "HOME", "MO", "EDU-S", "PMI", "video"],
        To("CODE.meeting:at_premises_of"),
    ]
    child: PerhapsNamedChild = None
    to: Participants


class AgreedAction(Block):
    """What was agreed, by which role, by when."""

    action: Short
    by: Literal["CRIP", "ASE", "EDU-S", "PMI", "HOME", "MO", "ASSO", "PJJ"]
    before: Day | None = None


class CoordinationDecisions(Record):
    """What a case meeting decided (R43)."""

    roles = ("ASE",)
    becomes = Becomes("COORD", dict.fromkeys(PARTICIPANTS, "decisions"), usual=())
    kind: Literal["coordination_decisions"]
    actions: Annotated[tuple[AgreedAction, ...], Field(max_length=16), To("MEASURE.actions")] = ()
    level: Annotated[Level | None, To("RISK.level")] = None
    observations: Observations = ()
    health_note: HealthNote = None
    told: WhetherTold = None
    to: Participants
