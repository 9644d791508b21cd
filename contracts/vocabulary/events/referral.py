"""SPECREF: a referral to the specialist association (CASF L.226-2-2 and the convention)."""

from __future__ import annotations

from typing import ClassVar

from contracts.vocabulary.categories import Contact, Facts, Identity, Measure, Risk
from contracts.vocabulary.events.act import Act, carries


class SpecialistReferral(Act):
    """A joint evaluation (R19) or a specialist follow-up (R30); `phase: end` ends the latter."""

    etype: ClassVar[str] = "SPECREF"
    clear: ClassVar[tuple[str, ...]] = ("phase", "ends_on")

    identity: Identity | None = carries("IDENTITY")
    contact: Contact | None = carries("CONTACT")
    facts: Facts | None = carries("FACTS")
    risk: Risk | None = carries("RISK")
    measure: Measure | None = carries("MEASURE")
