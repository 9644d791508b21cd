"""FEEDBACK: the outcome given to whom alerted or referred, by code (L.226-5, L.226-4, CPP 40-2)."""

from __future__ import annotations

from typing import ClassVar

from contracts.vocabulary.categories import Measure, Outcome, ProcedureStatus
from contracts.vocabulary.events.act import Act, carries


class Feedback(Act):
    """A code to the author (R39, R41), or status and measure to the CRIP (R40).

    `final` is clear, because a duty closes by it; the code itself is sealed.
    """

    etype: ClassVar[str] = "FEEDBACK"
    clear: ClassVar[tuple[str, ...]] = ("final",)

    outcome: Outcome | None = carries("CODE.outcome")
    status: ProcedureStatus | None = carries("PROCEDURE.status")
    measure: Measure | None = carries("MEASURE")
