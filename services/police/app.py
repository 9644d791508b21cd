"""The police's service: `python -m services.police`."""

from __future__ import annotations

from services.agency.app import run_agency
from services.agency.trade import Trade
from services.police.records import KINDS
from services.police.words import WORDS


def main() -> int:
    """Run it until SIGTERM; its exit code."""
    return run_agency(Trade(KINDS, WORDS), agency="police")
