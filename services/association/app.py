"""The associations' service: `python -m services.association`."""

from __future__ import annotations

from services.agency.app import run_agency
from services.agency.trade import Trade
from services.association.records import KINDS
from services.association.words import WORDS


def main() -> int:
    """Run it until SIGTERM; its exit code."""
    return run_agency(Trade(KINDS, WORDS), agency="association")
