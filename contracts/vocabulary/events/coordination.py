"""COORD: a case meeting among secrecy-bound participants (L.226-2-2; Cass. crim. 8 June 2021)."""

from __future__ import annotations

from typing import ClassVar

from contracts.vocabulary.categories import MeasureActions, Meeting, RiskLevel
from contracts.vocabulary.events.act import Act, carries


class Coordination(Act):
    """An invitation without any name (R42), or what was decided (R43)."""

    etype: ClassVar[str] = "COORD"

    meeting: Meeting | None = carries("CODE.meeting")
    actions: MeasureActions | None = carries("MEASURE.actions")
    level: RiskLevel | None = carries("RISK.level")
