"""Child welfare's service: `python -m services.child_welfare`."""

from __future__ import annotations

from services.agency.app import run_agency
from services.agency.trade import Trade
from services.child_welfare.records import KINDS
from services.child_welfare.words import WORDS


def main() -> int:
    """Run it until SIGTERM; its exit code."""
    return run_agency(Trade(KINDS, WORDS), agency="child_welfare")
