"""What the court's systems file: prosecutor (both hats), judge, judicial youth service.

Beside each field stands what becomes of it. `parquet_number` is the prosecutor's number of a
criminal case, `rg_number` (répertoire général) the judge's of a civil one: they leave only where
an act says so. A *soit-transmis* is a prosecutor's instruction slip; an *OPP* (ordonnance de
placement provisoire) an emergency placement.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import Field

from contracts.decision.draft import Draft
from contracts.vocabulary.events.justice import InquiryAct
from contracts.vocabulary.fields import Day, Due, Line, MeasureKind, Short, Summary, Text
from contracts.vocabulary.scopes import CRIMINAL, FINAL_OUTCOMES, JUDICIAL_OUTCOMES
from services.agency.record import shared_blocks as shared
from services.agency.record.form import Answers, Called, DeskId, IsLast, Renewal
from services.agency.record.marks import OWN, Becomes, ClearFact, Keeps, Names, Says, To
from services.agency.record.record import Record, Writing, kinds
from services.agency.record.shared_blocks import (
    Appearance,
    Appraisal,
    FamilySituation,
    Flags,
    HealthNote,
    LastSeen,
    Minor,
    NamedPersons,
    Observations,
    Parents,
    Place,
    Proposal,
    Proposed,
    Siblings,
    Signs,
    one_fact,
)

Question = Literal["personality", "living_conditions", "education_conditions", "measure_needed"]
Number = Annotated[Line | None, OWN]
DecidedOn = Annotated[Day, To("MEASURE:decided_on"), ClearFact("decided_on")]
EndsOn = Annotated[Day | None, To("MEASURE:ends_on"), ClearFact("ends_on")]
Terms = Annotated[Text | None, To("MEASURE")]
Custodian = Annotated[Line | None, To("MEASURE")]
START: Final = {"phase": "start"}


class MinorAndFamily(Record):
    """The minor and the family, as most acts name them."""

    minor: Minor | None = None
    parents: Parents = ()
    siblings: Siblings = ()
    family_situation: FamilySituation = None


class Notice70649(Record):
    """*Avis* of CPP 706-49: a criminal case about a minor already under a judge's measure (R24)."""

    roles = ("PARQ-CRIM",)
    becomes = Becomes("ST", {"JE": "notice_706_49"})
    kind: Literal["notice_706_49"]
    parquet_number: Annotated[Line, To("PROCEDURE.reference:number")]
    minor: Annotated[Minor, Keeps("phone")]
    documents: Annotated[Text | None, To("PROCEDURE:text")] = None
    measure_open: Annotated[bool | None, Says("measure_open")] = None


_TO_THE_POLICE: Final = Becomes(  # R21
    "ST",
    {"POL": "investigate"},
    CRIMINAL,
    also={
        "parquet_number": "PROCEDURE:number",
        "due": "PROCEDURE:due",
        "instruction": "PROCEDURE:instruction",
    },
    own=("request",),
)


class SoitTransmis(MinorAndFamily):
    """To the police in a criminal case (R21), or to the CRIP (R22): by the hat that writes it.

    The CRIP's clause asks for the minimum, what is asked, and by when; what else the slip holds is
    left out. `inform_judge` adds the criminal hat's notice to a judge already seized (R24), on the
    civil bus.
    """

    roles = ("PARQ-CIV", "PARQ-CRIM")
    becomes = Becomes(  # R22
        "ST",
        {"CRIP": "evaluate"},
        also={
            "instruction": "FACTS.summary:summary",
            "request": "FACTS.summary:asked",
            "due": "FACTS.summary:due",
        },
        own=("parquet_number",),
    )
    otherwise = (_TO_THE_POLICE, Notice70649.becomes)
    kind: Literal["soit_transmis"]
    parquet_number: Line | None = None
    due: Annotated[Due | None, ClearFact("due")] = None
    instruction: Summary
    request: Literal["evaluate", "joint_evaluation", "complete", "inform"] | None = None
    acts: Annotated[tuple[InquiryAct, ...], Field(max_length=8), To("PROCEDURE:asked")] = ()
    qualification: Annotated[Text | None, To("PROCEDURE:text")] = None
    observations: Observations = ()
    exploiters: NamedPersons = ()
    appraisal: Appraisal | None = None
    health_note: HealthNote = None
    whereabouts: Place | None = None
    inform_judge: bool | None = None
    measure_open: bool | None = None

    def drafts(self, writing: Writing) -> list[Draft]:
        """By the hat that writes: R22; or R21 on the criminal bus, and R24 on the civil one."""
        if writing.issuer.role == "PARQ-CIV":
            return [writing.event(self.becomes)]
        drafts = [writing.event(_TO_THE_POLICE)]
        if self.inform_judge:
            notice = replace(writing, record=self._notice())
            drafts.append(notice.event(Notice70649.becomes))
        return drafts

    def _notice(self) -> Notice70649:
        """The notice of R24, with what the slip says; it goes to the judge whatever `to` has."""
        names = ("reference", "case", "answers", "parquet_number", "minor", "measure_open")
        given = {name: getattr(self, name) for name in names}
        return Notice70649.model_construct(kind="notice_706_49", **given)


class JudgeSeizure(MinorAndFamily):
    """*Requête*: the civil hat seizes the judge (R23); `answers` names the OPP, if there is one."""

    roles = ("PARQ-CIV",)
    becomes = Becomes("ST", {"JE": "seize_judge"})
    kind: Literal["judge_seizure"]
    parquet_number: Number = None
    requested: Annotated[MeasureKind, To("MEASURE")]
    in_force: Annotated[MeasureKind, To("MEASURE:measure")] = "none"
    custodian: Custodian = None
    opp_decided_on: Annotated[Day | None, To("MEASURE")] = None
    observations: Observations = ()
    appraisal: Appraisal | None = None
    criminal_file: Annotated[Text | None, To("PROCEDURE:text")] = None


class Opp(MinorAndFamily):
    """Emergency placement by the prosecutor (R25), C. civ. 375-5."""

    roles = ("PARQ-CIV",)
    becomes = Becomes(
        "MEASURE",
        {"ASE": "execute_opp", "HOME": "execute_opp"},
        const={"MEASURE:measure": "placement_opp"},
        facts=START,
    )
    kind: Literal["opp"]
    parquet_number: Number = None
    decided_on: DecidedOn
    custodian: Annotated[Line, To("MEASURE")]
    entrusted_to: Annotated[DeskId | None, Names("HOME")] = None
    terms: Terms = None
    whereabouts: Place | None = None
    safety_note: Annotated[Short | None, To("RISK.safety:note")] = None
    suspects: NamedPersons = ()
    call: Called = None


class JudgeDecision(MinorAndFamily):
    """The judge's decision (R26), C. civ. 375-2, 375-3."""

    roles = ("JE",)
    becomes = Becomes("MEASURE", {"ASE": "execute", "HOME": "execute", "MO": "execute"})
    kind: Literal["decision"]
    rg_number: Number = None
    measure: Annotated[MeasureKind, To("MEASURE")]
    decided_on: DecidedOn
    starts_on: Annotated[Day | None, To("MEASURE")] = None
    ends_on: EndsOn = None
    custodian: Custodian = None
    entrusted_to: Annotated[DeskId | None, Names("HOME")] = None
    operator: Annotated[DeskId | None, Names("MO")] = None
    terms: Terms = None
    grounds: Annotated[Text | None, To("FACTS:facts", one_fact)] = None
    renewal: Renewal = None

    def drafts(self, writing: Writing) -> list[Draft]:
        """To the ASE, and to the custodian's or the home-based operator's desk by the measure."""
        carried_out_by = {
            "aemo": ("ASE", "MO"), "aemo_reinforced": ("ASE", "MO"),
            "placement": ("ASE", "HOME"), "placement_opp": ("ASE", "HOME"),
        }  # fmt: skip
        usual = carried_out_by.get(self.measure, ("ASE",))
        return [writing.event(replace(self.becomes, usual=usual))]


class MjieOrder(MinorAndFamily):
    """The judge orders an investigation (R27), CPC 1183."""

    roles = ("JE",)
    becomes = Becomes("MEASURE", {"PJJ": "mjie"}, const={"MEASURE:measure": "mjie"}, facts=START)
    kind: Literal["mjie_order"]
    rg_number: Number = None
    decided_on: DecidedOn
    ends_on: Annotated[Day, To("MEASURE"), ClearFact("ends_on")]
    questions: Annotated[tuple[Question, ...], Field(max_length=4), To("CODE.questions")] = ()
    named_persons: NamedPersons = ()


class YouthServiceFile(MinorAndFamily):
    """What the youth service has seen of a minor."""

    pjj_file_number: Number = None
    observations: Observations = ()
    appraisal: Appraisal | None = None
    signs: Signs = ()
    health_note: HealthNote = None


class InvestigationReport(YouthServiceFile):
    """The youth service's report to the judge (R28); `final` on the last."""

    roles = ("PJJ",)
    becomes = Becomes("EVALREP", {"JE": "judge"})
    kind: Literal["investigation_report"]
    schooling: Annotated[Text | None, To("SCHOOLING:remarks")] = None
    proposed: Proposed = ()
    proposal: Proposal = None
    final: IsLast = None


class InformationPreoccupante(shared.InformationPreoccupante, YouthServiceFile):
    """A new fact that no current measure covers: the youth service's alert to the CRIP (R47)."""

    roles = ("PJJ",)


class GraveSituation(YouthServiceFile):
    """A signalement of the youth service and its later copy."""

    named_persons: NamedPersons = ()
    whereabouts: Place | None = None


class Signalement(shared.Signalement, GraveSituation):
    """To the prosecutor (R10), with the CRIP's copy in the same event (R11)."""

    roles = ("PJJ",)


class SignalementCopy(shared.SignalementCopy, GraveSituation):
    """The CRIP's copy sent later (R11): `answers` names the signalement."""

    roles = ("PJJ",)


_SEARCHED: Final = {"POL": "search"}


class Runaway(Record):
    """Declares a runaway to the police (R33): what helps to find and to treat the minor."""

    roles = ("PJJ",)
    becomes = Becomes("MISSING", _SEARCHED, const={"LOCATION:seen": "last_seen"}, facts=START)
    kind: Literal["runaway"]
    pjj_file_number: Number = None
    minor: Minor | None = None
    appearance: Appearance | None = None
    last_seen: LastSeen | None = None
    flags: Flags = ()
    signs: Signs = ()
    health_note: HealthNote = None
    call: Called = None


class RunawayEnd(Record):
    """The minor is back: `ends` names the declaration."""

    roles = ("PJJ",)
    becomes = Becomes("MISSING", _SEARCHED)
    kind: Literal["runaway_end"]
    minor: Annotated[Minor | None, Keeps("phone")] = None
    ends: Answers


class MeasureEnd(Record):
    """Ends a measure: `ends` names the events that opened it, `to` those who carried it out."""

    roles = ("JE", "PARQ-CIV")
    becomes = Becomes(
        "MEASURE", {"ASE": "execute", "HOME": "execute", "MO": "execute", "PJJ": "mjie"},
        usual=(), const={"MEASURE:ended": True},
    )  # fmt: skip
    kind: Literal["measure_end"]
    measure: Annotated[MeasureKind, To("MEASURE")]
    ended_on: Annotated[Day, To("MEASURE:ends_on")]
    ends: Answers
    to: Annotated[tuple[DeskId, ...], Field(min_length=1, max_length=16)]

    def drafts(self, writing: Writing) -> list[Draft]:
        """The judge ends what a decision opened, the prosecutor what an OPP did."""
        if writing.issuer.role == "JE":
            return [writing.event(self.becomes)]
        return [writing.event(replace(self.becomes, to=Opp.becomes.to))]


class DepartmentFeedback(Record):
    """The follow-up given to the Département's referral (R40): codes and measure alone."""

    roles = ("PARQ-CIV",)
    becomes = Becomes("FEEDBACK", {"CRIP": "close_loop"})
    kind: Literal["department_feedback"]
    parquet_number: Number = None
    status: Annotated[
        Literal[
            "inquiry_open", "judge_seized", "opp_ordered", "prosecuted", "alternative",
            "closed_no_action", "returned_to_department",
        ],
        To("PROCEDURE.status"),
    ]  # fmt: skip
    since: Annotated[Day | None, To("PROCEDURE.status")] = None
    measure: Annotated[MeasureKind | None, To("MEASURE")] = None
    custodian: Custodian = None
    inquiry_acts: Annotated[Text | None, To("PROCEDURE:text")] = None
    suspects: NamedPersons = ()


_OUTCOME_TO_THE_POLICE: Final = Becomes("FEEDBACK", {"POL": "close_loop"}, CRIMINAL)


_REPORTERS: Final = (
    "EDU-S", "EDU-H", "PMI", "SSD", "ASSO", "PSP", "HOME", "MO", "ASE", "PJJ", "UAPED",
)  # fmt: skip


class ReportOutcome(Record):
    """The outcome given to who reported (R41, CPP 40-2); the criminal hat's to the police."""

    roles = ("PARQ-CIV", "PARQ-CRIM")
    becomes = Becomes("FEEDBACK", dict.fromkeys(_REPORTERS, "close_loop"), usual=())
    otherwise = (_OUTCOME_TO_THE_POLICE,)
    kind: Literal["report_outcome"]
    parquet_number: Number = None
    outcome: Annotated[
        Literal[JUDICIAL_OUTCOMES],  # type: ignore[valid-type]
        To("CODE.outcome"),
        ClearFact("final", FINAL_OUTCOMES.__contains__),
    ]
    on: Annotated[Day | None, To("CODE.outcome")] = None
    explanation: Annotated[Summary | None, To("FACTS.summary:summary")] = None

    def drafts(self, writing: Writing) -> list[Draft]:
        """To the author on the civil bus; to the police on the criminal one."""
        if writing.issuer.role == "PARQ-CIV":
            return [writing.event(self.becomes)]
        return [writing.event(_OUTCOME_TO_THE_POLICE)]


KINDS: Final = kinds(
    SoitTransmis, JudgeSeizure, Notice70649, Opp, JudgeDecision, MjieOrder, InvestigationReport,
    InformationPreoccupante, Signalement, SignalementCopy, Runaway, RunawayEnd, MeasureEnd,
    DepartmentFeedback, ReportOutcome,
)  # fmt: skip
