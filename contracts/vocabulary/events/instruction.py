"""ST: what a prosecutor writes: *soit-transmis* (R21, R22), *requête* (R23), *avis* (R24)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.vocabulary.categories import (
    Contact,
    Facts,
    FactsSummary,
    Family,
    Identity,
    Location,
    Measure,
    Procedure,
    ProcedureReference,
    Risk,
    ThirdParty,
)
from contracts.vocabulary.events.act import Act, carries
from contracts.vocabulary.fields import Due, MeasureKind, Past, Summary

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
