"""IP: *information préoccupante*, an alert about a minor in danger or at risk (CASF R.226-2-2)."""

from __future__ import annotations

from typing import ClassVar

from contracts.vocabulary.categories import (
    Contact,
    Facts,
    FactsSummary,
    Family,
    HealthVital,
    Identity,
    Location,
    Risk,
    Schooling,
)
from contracts.vocabulary.events.act import Act, carries


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
