"""MEASURE: OPP (R25), judge's decision (R26), MJIE (R27), AED (R29), carer (R32)."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import model_validator

from contracts.vocabulary.categories import (
    Contact,
    Family,
    Identity,
    Location,
    Measure,
    MeasureCustodian,
    Questions,
    Risk,
    RiskSafety,
    Schooling,
)
from contracts.vocabulary.events.act import Act, carries
from contracts.vocabulary.schema_faults import fault

_NEEDED = {
    "placement_opp": ("decided_on", "custodian"),  # C. civ. 375-5: the eight days run from it
    "placement": ("decided_on", "custodian"),
    "aemo": ("decided_on", "ends_on"),
    "aemo_reinforced": ("decided_on", "ends_on"),
    "mjie": ("decided_on", "ends_on"),  # the report is due 15 days before the end (CPC 1183)
}


class OrderedMeasure(Measure):
    """MEASURE of an order: with the dates that its kind needs, and the day on which it ended.

    `decided_on` and `ends_on` are repeated in the cover.
    """

    ended: bool | None = None

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.ended:
            return self
        absent = [name for name in _NEEDED.get(self.measure, ()) if getattr(self, name) is None]
        if absent:
            raise fault("incomplete", f"{' and '.join(absent)} for this measure")
        return self


class MeasureOrder(Act):
    """An order to carry out a measure; `phase: end` with `ends` ends those named."""

    etype: ClassVar[str] = "MEASURE"
    clear: ClassVar[tuple[str, ...]] = ("phase", "decided_on", "ends_on")

    identity: Identity | None = carries("IDENTITY")
    contact: Contact | None = carries("CONTACT")
    family: Family | None = carries("FAMILY")
    schooling: Schooling | None = carries("SCHOOLING")
    risk: Risk | None = carries("RISK")
    safety: RiskSafety | None = carries("RISK.safety")
    measure: OrderedMeasure | None = carries("MEASURE")
    custodian: MeasureCustodian | None = carries("MEASURE.custodian")
    location: Location | None = carries("LOCATION")
    questions: Questions | None = carries("CODE.questions")
