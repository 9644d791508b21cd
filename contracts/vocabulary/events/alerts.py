"""What is said of a minor in danger, and what the author hears of it.

IP: *information préoccupante*, an alert about a minor in danger or at risk (CASF R.226-2-2).
SIG: *signalement*, the written report to the prosecutor, and its copy to the CRIP (L.226-4).
MISSING: a minor is missing (R33, R34), is found (R35), or is absent from school (R36).
FEEDBACK: the outcome given to whom alerted or referred, by code (L.226-5, L.226-4, CPP 40-2).
"""

from __future__ import annotations

from typing import ClassVar, Literal

from contracts.vocabulary.categories import (
    AbsenceCode,
    Contact,
    Description,
    Facts,
    FactsSummary,
    Family,
    HealthVital,
    Identity,
    Location,
    Measure,
    Outcome,
    ProcedureStatus,
    Risk,
    RiskFlags,
    Schooling,
    ThirdParty,
)
from contracts.vocabulary.events.act import Act, carries
from contracts.vocabulary.schema import Instant


class Concern(Act):
    """A concern to the CRIP (R01-R05, R07), or an incident note to the ASE (R06).

    Opens the clock of the case: feedback is due three months from transmission (L.226-5).
    """

    etype: ClassVar[str] = "IP"

    identity: Identity | None = carries("IDENTITY")
    contact: Contact | None = carries("CONTACT")
    family: Family | None = carries("FAMILY")
    schooling: Schooling | None = carries("SCHOOLING")
    facts: Facts | None = carries("FACTS")
    summary: FactsSummary | None = carries("FACTS.summary")
    risk: Risk | None = carries("RISK")
    vital: HealthVital | None = carries("HEALTH.vital")
    location: Location | None = carries("LOCATION")


class Report(Act):
    """A grave report (R08-R10), its copy (R11), or the CRIP's seizure of the parquet (R12).

    Comes after a phone call to the duty magistrate, which the cover declares.
    """

    etype: ClassVar[str] = "SIG"

    identity: Identity | None = carries("IDENTITY")
    contact: Contact | None = carries("CONTACT")
    family: Family | None = carries("FAMILY")
    schooling: Schooling | None = carries("SCHOOLING")
    facts: Facts | None = carries("FACTS")
    third_party: ThirdParty | None = carries("FACTS.third_party")
    risk: Risk | None = carries("RISK")
    vital: HealthVital | None = carries("HEALTH.vital")
    measure: Measure | None = carries("MEASURE")
    location: Location | None = carries("LOCATION")


class SeenLocation(Location):
    """LOCATION of a missing or found minor: where last seen or found, and when if known."""

    seen: Literal["last_seen", "found"]
    at: Instant | None = None


class Missing(Act):
    """A disappearance (CPP 74-1), its end (`phase: end` or `final`), or an absence code."""

    etype: ClassVar[str] = "MISSING"
    clear: ClassVar[tuple[str, ...]] = ("phase", "final")

    identity: Identity | None = carries("IDENTITY")
    description: Description | None = carries("IDENTITY.description")
    contact: Contact | None = carries("CONTACT")
    risk: Risk | None = carries("RISK")
    flags: RiskFlags | None = carries("RISK.flags")
    vital: HealthVital | None = carries("HEALTH.vital")
    location: SeenLocation | None = carries("LOCATION")
    absence: AbsenceCode | None = carries("CODE.absence")


class Feedback(Act):
    """A code to the author (R39, R41), or status and measure to the CRIP (R40).

    `final` is clear, because a duty closes by it; the code itself is sealed.
    """

    etype: ClassVar[str] = "FEEDBACK"
    clear: ClassVar[tuple[str, ...]] = ("final",)

    outcome: Outcome | None = carries("CODE.outcome")
    status: ProcedureStatus | None = carries("PROCEDURE.status")
    measure: Measure | None = carries("MEASURE")
