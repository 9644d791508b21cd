"""EVALREQ and EVALREP: an evaluation asked for, a contribution or report given (D.226-2-4)."""

from __future__ import annotations

from typing import ClassVar

from contracts.vocabulary.categories import (
    Contact,
    Facts,
    Family,
    HealthVital,
    Identity,
    Measure,
    MeasureAttendance,
    MeasureProposal,
    Questions,
    Risk,
    Schooling,
)
from contracts.vocabulary.events.act import Act, carries
from contracts.vocabulary.fields import Past


class RequestFacts(Facts):
    """FACTS of an evaluation request: with the day on which the concern reached the CRIP.

    `received_on` is repeated in the cover: the three months run from it (R13, D.226-2-4).
    """

    received_on: Past | None = None


class EvaluationRequest(Act):
    """Asks the ASE's evaluators (R13), or a professional for coded answers (R14, R15)."""

    etype: ClassVar[str] = "EVALREQ"
    clear: ClassVar[tuple[str, ...]] = ("received_on", "due")

    identity: Identity | None = carries("IDENTITY")
    contact: Contact | None = carries("CONTACT")
    family: Family | None = carries("FAMILY")
    schooling: Schooling | None = carries("SCHOOLING")
    facts: RequestFacts | None = carries("FACTS")
    risk: Risk | None = carries("RISK")
    questions: Questions | None = carries("CODE.questions")


class EvaluationReport(Act):
    """Contribution (R16, R17), evaluation (R18, R20), report to judge (R28), progress (R31)."""

    etype: ClassVar[str] = "EVALREP"
    clear: ClassVar[tuple[str, ...]] = ("final", "phase")

    identity: Identity | None = carries("IDENTITY")
    contact: Contact | None = carries("CONTACT")
    family: Family | None = carries("FAMILY")
    schooling: Schooling | None = carries("SCHOOLING")
    facts: Facts | None = carries("FACTS")
    risk: Risk | None = carries("RISK")
    vital: HealthVital | None = carries("HEALTH.vital")
    measure: Measure | None = carries("MEASURE")
    proposal: MeasureProposal | None = carries("MEASURE.proposal")
    attendance: MeasureAttendance | None = carries("MEASURE.attendance")
