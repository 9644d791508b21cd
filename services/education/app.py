"""Schools' service: `python -m services.education`."""

from __future__ import annotations

from services.agency.app import run_agency
from services.agency.trade import Trade
from services.education.records import KINDS
from services.education.words import WORDS


def main() -> int:
    """Run it until SIGTERM; its exit code."""
    return run_agency(Trade(KINDS, WORDS), agency="education")
