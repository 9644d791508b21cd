"""SIG: *signalement*, the written report to the prosecutor, and its copy to the CRIP (L.226-4)."""

from __future__ import annotations

from typing import ClassVar

from contracts.vocabulary.categories import (
    Contact,
    Facts,
    Family,
    HealthVital,
    Identity,
    Location,
    Measure,
    Risk,
    Schooling,
    ThirdParty,
)
from contracts.vocabulary.events.act import Act, carries


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
