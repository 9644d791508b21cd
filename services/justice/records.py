"""What the court's systems file: prosecutor (both hats), judge, judicial youth service.

`parquet_number` is the prosecutor's number of a criminal case, `rg_number` (répertoire général)
the judge's of a civil one. A *soit-transmis* is a prosecutor's instruction slip; an *OPP*
(ordonnance de placement provisoire) an emergency placement.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from contracts.envelope.model import Closed
from contracts.vocabulary.events.instruction import InquiryAct
from contracts.vocabulary.fields import (
    Age,
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
from contracts.vocabulary.scopes import JUDICIAL_OUTCOMES
from services.agency.record.record import Answer, DeskId, PhoneCall, Record, kinds
from services.agency.record.shared_blocks import (
    Appraisal,
    NamedPersons,
    Observations,
    Parents,
    Siblings,
)

Question = Literal["personality", "living_conditions", "education_conditions", "measure_needed"]


class Minor(Closed):
    """The minor as named in the file."""

    surname: Line | None = None
    first_name: Line
    birth_date: Day | None = None
    approximate_age: Age | None = None
    sex: Sex | None = None
    phone: Phone | None = None


class Whereabouts(Closed):
    """Where the minor is now."""

    place: Line
    kind: Literal["home", "street", "hotel", "station", "school", "health", "police", "other"]
    city: Line | None = None


class Family(Record):
    """The minor and the family, as most acts name them."""

    minor: Minor | None = None
    parents: Parents = ()
    siblings: Siblings = ()
    family_situation: Text | None = None


class SoitTransmis(Family):
    """To the police in a criminal case (R21), or to the CRIP (R22): by the hat that writes it.

    `inform_judge` adds the criminal hat's notice to a judge already seized (R24), on the civil bus.
    """

    roles: ClassVar[tuple[str, ...]] = ("PARQ-CIV", "PARQ-CRIM")
    kind: Literal["soit_transmis"]
    parquet_number: Line | None = None
    due: Day | None = None
    instruction: Summary
    request: Literal["evaluate", "joint_evaluation", "complete", "inform"] | None = None
    acts: Annotated[tuple[InquiryAct, ...], Field(max_length=8)] = ()
    qualification: Text | None = None
    observations: Observations = ()
    exploiters: NamedPersons = ()
    appraisal: Appraisal | None = None
    health_note: Summary | None = None
    whereabouts: Whereabouts | None = None
    inform_judge: bool | None = None
    measure_open: bool | None = None


class JudgeSeizure(Family):
    """*Requête*: the civil hat seizes the judge (R23); `answers` names the OPP, if there is one."""

    roles: ClassVar[tuple[str, ...]] = ("PARQ-CIV",)
    kind: Literal["judge_seizure"]
    parquet_number: Line | None = None
    requested: MeasureKind
    in_force: MeasureKind = "none"
    custodian: Line | None = None
    opp_decided_on: Day | None = None
    observations: Observations = ()
    appraisal: Appraisal | None = None
    criminal_file: Text | None = None


class Notice70649(Record):
    """*Avis* of CPP 706-49: a criminal case about a minor already under a judge's measure (R24)."""

    roles: ClassVar[tuple[str, ...]] = ("PARQ-CRIM",)
    kind: Literal["notice_706_49"]
    parquet_number: Line
    minor: Minor
    documents: Text | None = None
    measure_open: bool | None = None


class Opp(Family):
    """Emergency placement by the prosecutor (R25), C. civ. 375-5."""

    roles: ClassVar[tuple[str, ...]] = ("PARQ-CIV",)
    kind: Literal["opp"]
    parquet_number: Line | None = None
    decided_on: Day
    custodian: Line
    entrusted_to: DeskId | None = None
    terms: Text | None = None
    whereabouts: Whereabouts | None = None
    safety_note: Short | None = None
    suspects: NamedPersons = ()
    call: PhoneCall | None = None


class Decision(Family):
    """The judge's decision (R26), C. civ. 375-2, 375-3."""

    roles: ClassVar[tuple[str, ...]] = ("JE",)
    kind: Literal["decision"]
    rg_number: Line | None = None
    measure: MeasureKind
    decided_on: Day
    starts_on: Day | None = None
    ends_on: Day | None = None
    custodian: Line | None = None
    entrusted_to: DeskId | None = None
    operator: DeskId | None = None
    terms: Text | None = None
    grounds: Text | None = None
    renewal: bool | None = None


class MjieOrder(Family):
    """The judge orders an investigation (R27), CPC 1183."""

    roles: ClassVar[tuple[str, ...]] = ("JE",)
    kind: Literal["mjie_order"]
    rg_number: Line | None = None
    decided_on: Day
    ends_on: Day
    questions: Annotated[tuple[Question, ...], Field(max_length=4)] = ()
    named_persons: NamedPersons = ()


class InvestigationReport(Family):
    """The youth service's report to the judge (R28); `final` on the last."""

    roles: ClassVar[tuple[str, ...]] = ("PJJ",)
    kind: Literal["investigation_report"]
    pjj_file_number: Line | None = None
    schooling: Text | None = None
    observations: Observations = ()
    appraisal: Appraisal | None = None
    signs: Annotated[tuple[Sign, ...], Field(max_length=12)] = ()
    health_note: Summary | None = None
    proposed: Annotated[tuple[MeasureKind, ...], Field(max_length=4)] = ()
    proposal: Text | None = None
    final: bool | None = None


class MeasureEnd(Record):
    """Ends a measure: `ends` names the events that opened it, `to` those who carried it out."""

    roles: ClassVar[tuple[str, ...]] = ("JE", "PARQ-CIV")
    kind: Literal["measure_end"]
    measure: MeasureKind
    ended_on: Day
    ends: Annotated[tuple[Answer, ...], Field(min_length=1, max_length=16)]
    to: Annotated[tuple[DeskId, ...], Field(min_length=1, max_length=16)]


class DepartmentFeedback(Record):
    """The follow-up given to the Département's referral (R40): codes and measure alone."""

    roles: ClassVar[tuple[str, ...]] = ("PARQ-CIV",)
    kind: Literal["department_feedback"]
    parquet_number: Line | None = None
    status: Literal[
        "inquiry_open", "judge_seized", "opp_ordered", "prosecuted", "alternative",
        "closed_no_action", "returned_to_department",
    ]  # fmt: skip
    since: Day | None = None
    measure: MeasureKind | None = None
    custodian: Line | None = None
    inquiry_acts: Text | None = None
    suspects: NamedPersons = ()


class ReportOutcome(Record):
    """The outcome given to who reported (R41, CPP 40-2); the criminal hat's to the police."""

    roles: ClassVar[tuple[str, ...]] = ("PARQ-CIV", "PARQ-CRIM")
    kind: Literal["report_outcome"]
    parquet_number: Line | None = None
    outcome: Literal[JUDICIAL_OUTCOMES]  # type: ignore[valid-type]
    on: Day | None = None
    explanation: Summary | None = None


KINDS: Final = kinds(
    SoitTransmis, JudgeSeizure, Notice70649, Opp, Decision, MjieOrder, InvestigationReport,
    MeasureEnd, DepartmentFeedback, ReportOutcome,
)  # fmt: skip
