"""The courts' service: `python -m services.justice`."""

from __future__ import annotations

from services.agency.app import run_agency
from services.agency.trade import Trade
from services.justice.records import KINDS
from services.justice.words import WORDS


def main() -> int:
    """Run it until SIGTERM; its exit code."""
    return run_agency(Trade(KINDS, WORDS), agency="justice")
