"""What prosecutors and judges order, and hearings.

ST: what a prosecutor writes: *soit-transmis* (R21, R22), *requête* (R23), *avis* (R24).
MEASURE: OPP (R25), judge's decision (R26), MJIE (R27), AED (R29), carer (R32).
HEARING: the police say when a minor is heard (R37); the association says if it comes (R38).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.vocabulary.categories import (
    AttendanceCode,
    Contact,
    Facts,
    FactsSummary,
    Family,
    Identity,
    Location,
    Measure,
    MeasureCustodian,
    Procedure,
    ProcedureHearing,
    ProcedureReference,
    Questions,
    Risk,
    RiskSafety,
    Schooling,
    ThirdParty,
)
from contracts.vocabulary.events.act import Act, carries
from contracts.vocabulary.fields import Due, MeasureKind, Past, Summary
from contracts.vocabulary.schema_faults import fault

InquiryAct = Literal[
    "hear_minor", "hear_parents", "identify_exploiter", "search_minor", "examine_media",
    "requisition_operator", "medical_examination", "report_back",
]  # fmt: skip


class InstructionSummary(FactsSummary):
    """FACTS.summary of a *soit-transmis* to the CRIP: what is asked, and by when (R22).

    `due` is repeated in the cover: the CRIP's answer falls due then.
    """

    asked: Literal["evaluate", "joint_evaluation", "complete", "inform"]
    due: Due


class InquiryInstruction(Procedure):
    """PROCEDURE of a *soit-transmis* to the police: the acts asked for, and by when (R21)."""

    instruction: Summary | None = None
    asked: Annotated[tuple[InquiryAct, ...], Field(max_length=8)] = ()
    due: Due | None = None


class SeizureMeasure(Measure):
    """MEASURE of a *requête* to the judge: what is in force, and what is asked for (R23).

    `opp_decided_on` starts the eight days of C. civ. 375-5; R25's own cover carries it clear.
    """

    requested: MeasureKind
    opp_decided_on: Past | None = None


class Instruction(Act):
    """One of the four; which, its purpose tells."""

    etype: ClassVar[str] = "ST"
    clear: ClassVar[tuple[str, ...]] = ("due", "decided_on")

    identity: Identity | None = carries("IDENTITY")
    contact: Contact | None = carries("CONTACT")
    family: Family | None = carries("FAMILY")
    facts: Facts | None = carries("FACTS")
    summary: InstructionSummary | None = carries("FACTS.summary")
    third_party: ThirdParty | None = carries("FACTS.third_party")
    risk: Risk | None = carries("RISK")
    procedure: InquiryInstruction | None = carries("PROCEDURE")
    procedure_reference: ProcedureReference | None = carries("PROCEDURE.reference")
    measure: SeizureMeasure | None = carries("MEASURE")
    location: Location | None = carries("LOCATION")


_NEEDED = {
    "placement_opp": ("decided_on", "custodian"),  # C. civ. 375-5: the eight days run from it
    "placement": ("decided_on", "custodian"),
    "aemo": ("decided_on", "ends_on"),
    "aemo_reinforced": ("decided_on", "ends_on"),
    "mjie": ("decided_on", "ends_on"),  # the report is due 15 days before the end (CPC 1183)
}


class OrderedMeasure(Measure):
    """MEASURE of an order: with the dates that its kind needs, and the day on which it ended.

    `decided_on` and `ends_on` are repeated in the cover.
    """

    ended: bool | None = None

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.ended:
            return self
        absent = [name for name in _NEEDED.get(self.measure, ()) if getattr(self, name) is None]
        if absent:
            raise fault("incomplete", f"{' and '.join(absent)} for this measure")
        return self


class MeasureOrder(Act):
    """An order to carry out a measure; `phase: end` with `ends` ends those named."""

    etype: ClassVar[str] = "MEASURE"
    clear: ClassVar[tuple[str, ...]] = ("phase", "decided_on", "ends_on")

    identity: Identity | None = carries("IDENTITY")
    contact: Contact | None = carries("CONTACT")
    family: Family | None = carries("FAMILY")
    schooling: Schooling | None = carries("SCHOOLING")
    risk: Risk | None = carries("RISK")
    safety: RiskSafety | None = carries("RISK.safety")
    measure: OrderedMeasure | None = carries("MEASURE")
    custodian: MeasureCustodian | None = carries("MEASURE.custodian")
    location: Location | None = carries("LOCATION")
    questions: Questions | None = carries("CODE.questions")


class Hearing(Act):
    """Date and place of a hearing (CPP 706-52), or a yes or no to it."""

    etype: ClassVar[str] = "HEARING"

    identity: Identity | None = carries("IDENTITY")
    hearing: ProcedureHearing | None = carries("PROCEDURE.hearing")
    attendance: AttendanceCode | None = carries("CODE.attendance")
