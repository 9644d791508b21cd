"""Justice's records become drafts: which field is which scope, for whom, on which of two buses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.decision.draft import AddressBook, Draft, Issuer
from contracts.vocabulary.scopes import CIVIL, CRIMINAL, FINAL_OUTCOMES
from services.agency.record.drafting import Content, Drafter, Writing, run
from services.agency.record.record import declared
from services.agency.record.shared_blocks import (
    put_contact,
    put_facts,
    put_family,
    put_named,
    put_text,
    take_appraisal,
)
from services.justice.records import (
    KINDS,
    Decision,
    DepartmentFeedback,
    Family,
    InvestigationReport,
    JudgeSeizure,
    MeasureEnd,
    MjieOrder,
    Notice70649,
    Opp,
    ReportOutcome,
    SoitTransmis,
)

_PARQUET: Final = ("parquet_number",)
_JUDGE: Final = ("rg_number",)


def intake(record: Mapping[str, Any], issuer: Issuer, book: AddressBook) -> list[Draft]:
    """Drafts of one record of justice.

    Raises:
        IntakeError: the record cannot become an event; says field and expectation, no value.
    """
    return run(KINDS, _DRAFTERS, record, issuer, book)


def _soit_transmis(record: SoitTransmis, writing: Writing) -> list[Draft]:
    if writing.issuer.role == "PARQ-CIV":
        return [_to_the_crip(record, writing)]
    drafts = [_to_the_police(record, writing)]
    if record.inform_judge:
        drafts.append(_to_the_judge(record, writing, writing.usual("JE")))
    return drafts


def _to_the_police(record: SoitTransmis, writing: Writing) -> Draft:
    """R21, on the criminal bus."""
    content = Content(record, "ST")
    _persons(content, record)
    put_facts(content, record.observations)
    put_named(content, record.exploiters, "exploiters")
    take_appraisal(content)
    content.take("HEALTH.vital", observed="health_note")
    _whereabouts(content)
    content.take(
        "PROCEDURE",
        number="parquet_number",
        text="qualification",
        asked="acts",
        due="due",
        instruction="instruction",
    )
    desks = writing.desks("POL", realm=CRIMINAL)
    return writing.draft(
        content,
        {"POL": "investigate"},
        desks,
        realm=CRIMINAL,
        facts={"due": record.due},
        internal=("request",),
    )


def _to_the_crip(record: SoitTransmis, writing: Writing) -> Draft:
    """R22: the minimum, what is asked, and by when; what else the slip holds is left out."""
    content = Content(record, "ST")
    _persons(content, record)
    content.take("FACTS.summary", summary="instruction", asked="request", due="due")
    put_facts(content, record.observations)
    put_named(content, record.exploiters, "exploiters")
    take_appraisal(content)
    content.take("HEALTH.vital", observed="health_note")
    _whereabouts(content)
    content.take("PROCEDURE", text="qualification", asked="acts")
    return writing.draft(
        content,
        {"CRIP": "evaluate"},
        writing.desks("CRIP"),
        facts={"due": record.due},
        internal=_PARQUET,
    )


def _to_the_judge(
    record: SoitTransmis | Notice70649, writing: Writing, desks: tuple[str, ...]
) -> Draft:
    """R24, on the civil bus."""
    content = Content(record, "ST")
    _minor(content)
    content.take("PROCEDURE.reference", number="parquet_number")
    if isinstance(record, Notice70649):
        content.take("PROCEDURE", text="documents")
    return writing.draft(
        content,
        {"JE": "notice_706_49"},
        desks,
        declared=declared(measure_open=record.measure_open),
        internal=("minor.phone",),
    )


def _notice(record: Notice70649, writing: Writing) -> list[Draft]:
    return [_to_the_judge(record, writing, writing.desks("JE"))]


def _seizure(record: JudgeSeizure, writing: Writing) -> list[Draft]:
    content = Content(record, "ST")
    _persons(content, record)
    put_facts(content, record.observations)
    take_appraisal(content)
    content.take(
        "MEASURE",
        measure="in_force",
        requested="requested",
        custodian="custodian",
        opp_decided_on="opp_decided_on",
    )
    content.take("PROCEDURE", text="criminal_file")
    desks = writing.desks("JE")
    return [writing.draft(content, {"JE": "seize_judge"}, desks, internal=_PARQUET)]


def _opp(record: Opp, writing: Writing) -> list[Draft]:
    content = Content(record, "MEASURE")
    _persons(content, record)
    content.put(
        "MEASURE",
        ("decided_on", "custodian", "terms"),
        measure="placement_opp",
        decided_on=record.decided_on,
        custodian=record.custodian,
        terms=record.terms,
    )
    content.take("RISK.safety", note="safety_note")
    _whereabouts(content)
    put_named(content, record.suspects, "suspects")
    return [
        writing.draft(
            content,
            {"ASE": "execute_opp", "HOME": "execute_opp"},
            writing.desks("ASE", "HOME", HOME=record.entrusted_to),
            declared=declared(call=record.call),
            facts={"decided_on": record.decided_on, "phase": "start"},
            internal=_PARQUET,
        )
    ]


def _decision(record: Decision, writing: Writing) -> list[Draft]:
    content = Content(record, "MEASURE")
    _persons(content, record)
    content.take(
        "MEASURE",
        measure="measure",
        decided_on="decided_on",
        starts_on="starts_on",
        ends_on="ends_on",
        custodian="custodian",
        terms="terms",
    )
    put_text(content, "grounds", record.grounds)
    return [
        writing.draft(
            content,
            {"ASE": "execute", "HOME": "execute", "MO": "execute"},
            writing.desks(*_carried_out_by(record), HOME=record.entrusted_to, MO=record.operator),
            facts={
                "decided_on": record.decided_on,
                "ends_on": record.ends_on,
                "phase": "renewal" if record.renewal else "start",
            },
            internal=_JUDGE,
        )
    ]


def _carried_out_by(record: Decision) -> tuple[str, ...]:
    """The usual roles of a measure: the custodian's, or the home-based operator's, and the ASE."""
    if record.measure in ("aemo", "aemo_reinforced"):
        return "ASE", "MO"
    if record.measure in ("placement", "placement_opp"):
        return "ASE", "HOME"
    return ("ASE",)


def _mjie(record: MjieOrder, writing: Writing) -> list[Draft]:
    content = Content(record, "MEASURE")
    _persons(content, record)
    content.put(
        "MEASURE",
        ("decided_on", "ends_on"),
        measure="mjie",
        decided_on=record.decided_on,
        ends_on=record.ends_on,
    )
    content.take("CODE.questions", questions="questions")
    put_named(content, record.named_persons, "named_persons")
    return [
        writing.draft(
            content,
            {"PJJ": "mjie"},
            writing.desks("PJJ"),
            facts={"decided_on": record.decided_on, "ends_on": record.ends_on, "phase": "start"},
            internal=_JUDGE,
        )
    ]


def _investigation(record: InvestigationReport, writing: Writing) -> list[Draft]:
    content = Content(record, "EVALREP")
    _persons(content, record)
    content.take("SCHOOLING", remarks="schooling")
    put_facts(content, record.observations)
    take_appraisal(content)
    content.take("HEALTH.vital", signs="signs", observed="health_note")
    content.take("MEASURE.proposal", proposed="proposed", reasons="proposal")
    return [
        writing.draft(
            content,
            {"JE": "judge"},
            writing.desks("JE"),
            facts={"final": record.final},
            internal=("pjj_file_number",),
        )
    ]


def _end(record: MeasureEnd, writing: Writing) -> list[Draft]:
    content = Content(record, "MEASURE")
    content.put(
        "MEASURE",
        ("measure", "ended_on"),
        measure=record.measure,
        ends_on=record.ended_on,
        ended=True,
    )
    execute = "execute_opp" if writing.issuer.role == "PARQ-CIV" else "execute"
    purposes = {"ASE": execute, "HOME": execute}
    if writing.issuer.role == "JE":
        purposes |= {"MO": "execute", "PJJ": "mjie"}
    return [writing.draft(content, purposes, writing.desks(), ends=record.ends)]


def _feedback(record: DepartmentFeedback, writing: Writing) -> list[Draft]:
    content = Content(record, "FEEDBACK")
    content.take("PROCEDURE.status", status="status", since="since")
    content.take("MEASURE", measure="measure", custodian="custodian")
    content.take("PROCEDURE", text="inquiry_acts")
    put_named(content, record.suspects, "suspects")
    return [
        writing.draft(content, {"CRIP": "close_loop"}, writing.desks("CRIP"), internal=_PARQUET)
    ]


def _outcome(record: ReportOutcome, writing: Writing) -> list[Draft]:
    """R41: to the author on the civil bus, to the police on the criminal one."""
    content = Content(record, "FEEDBACK")
    content.take("CODE.outcome", outcome="outcome", on="on")
    content.take("FACTS.summary", summary="explanation")
    criminal = writing.issuer.role == "PARQ-CRIM"
    realm, purpose = (CRIMINAL if criminal else CIVIL), "close_loop"
    authors = ("POL",) if criminal else ("EDU-S", "EDU-H", "PMI")
    return [
        writing.draft(
            content,
            dict.fromkeys(authors, purpose),
            writing.desks(*(authors if criminal else ()), realm=realm),
            realm=realm,
            facts={"final": True if record.outcome in FINAL_OUTCOMES else None},
            internal=_PARQUET,
        )
    ]


def _persons(content: Content, record: Family) -> None:
    """IDENTITY, CONTACT and FAMILY, as most acts name them."""
    if record.minor is not None:
        _minor(content)
    phone = None if record.minor is None else record.minor.phone
    put_contact(content, record.parents, "minor", phone)
    put_family(content, record.parents, record.siblings, record.family_situation)


def _minor(content: Content) -> None:
    content.take(
        "IDENTITY",
        name="minor.surname",
        first_name="minor.first_name",
        birth_date="minor.birth_date",
        approximate_age="minor.approximate_age",
        sex="minor.sex",
    )


def _whereabouts(content: Content) -> None:
    content.take(
        "LOCATION", place="whereabouts.place", kind="whereabouts.kind", city="whereabouts.city"
    )


_DRAFTERS: Final[dict[str, Drafter]] = {
    "soit_transmis": _soit_transmis,
    "judge_seizure": _seizure,
    "notice_706_49": _notice,
    "opp": _opp,
    "decision": _decision,
    "mjie_order": _mjie,
    "investigation_report": _investigation,
    "measure_end": _end,
    "department_feedback": _feedback,
    "report_outcome": _outcome,
}
