"""The service of any other agency: `python -m services.partner`, by `RELAIS_AGENCY`."""

from __future__ import annotations

from services.agency.app import run_agency
from services.agency.trade import Trade
from services.partner.records import KINDS
from services.partner.words import WORDS


def main() -> int:
    """Run it until SIGTERM; its exit code."""
    return run_agency(Trade(KINDS, WORDS))
