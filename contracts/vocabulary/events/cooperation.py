"""What services do together for a case, and the figures that come of it.

EVALREQ and EVALREP: an evaluation asked for, a contribution or report given (D.226-2-4).
SPECREF: a referral to the specialist association (CASF L.226-2-2 and the convention).
COORD: a case meeting among secrecy-bound participants (L.226-2-2; Cass. crim. 8 June 2021).
STAT: suppressed aggregates. Published, not sent: no desk issues or receives one (R44, R45).
"""

from __future__ import annotations

from typing import ClassVar

from contracts.vocabulary.categories import (
    Contact,
    Facts,
    Family,
    HealthVital,
    Identity,
    Measure,
    MeasureActions,
    MeasureAttendance,
    MeasureProposal,
    Meeting,
    Questions,
    Risk,
    RiskLevel,
    Schooling,
)
from contracts.vocabulary.events.act import Act, carries
from contracts.vocabulary.fields import Past
from contracts.vocabulary.figures import Counts


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


class SpecialistReferral(Act):
    """A joint evaluation (R19) or a specialist follow-up (R30); `phase: end` ends the latter."""

    etype: ClassVar[str] = "SPECREF"
    clear: ClassVar[tuple[str, ...]] = ("phase", "ends_on")

    identity: Identity | None = carries("IDENTITY")
    contact: Contact | None = carries("CONTACT")
    facts: Facts | None = carries("FACTS")
    risk: Risk | None = carries("RISK")
    measure: Measure | None = carries("MEASURE")


class Coordination(Act):
    """An invitation without any name (R42), or what was decided (R43)."""

    etype: ClassVar[str] = "COORD"

    meeting: Meeting | None = carries("CODE.meeting")
    actions: MeasureActions | None = carries("MEASURE.actions")
    level: RiskLevel | None = carries("RISK.level")


class Statistics(Act):
    """Figures of at least ten for the observatories (R44) and the committee (R45)."""

    etype: ClassVar[str] = "STAT"

    counts: Counts | None = carries("STAT.counts")
