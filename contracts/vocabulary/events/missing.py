"""MISSING: a minor is missing (R33, R34), is found (R35), or is absent from school (R36)."""

from __future__ import annotations

from typing import ClassVar, Literal

from contracts.vocabulary.categories import (
    AbsenceCode,
    Contact,
    Description,
    HealthVital,
    Identity,
    Location,
    Risk,
    RiskFlags,
)
from contracts.vocabulary.events.act import Act, carries
from contracts.vocabulary.schema import Instant


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
