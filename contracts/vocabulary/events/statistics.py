"""STAT: suppressed aggregates. Published, not sent: no desk issues or receives one (R44, R45)."""

from __future__ import annotations

from typing import ClassVar

from contracts.vocabulary.events.act import Act, carries
from contracts.vocabulary.figures import Counts


class Statistics(Act):
    """Figures of at least ten for the observatories (R44) and the committee (R45)."""

    etype: ClassVar[str] = "STAT"

    counts: Counts | None = carries("STAT.counts")
