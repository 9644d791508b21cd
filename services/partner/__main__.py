"""The service of any other agency: `python -m services.partner`, by `RELAIS_AGENCY`."""

import sys

from services.agency.app import run_agency
from services.agency.trade import Trade
from services.partner.records import KINDS
from services.partner.words import WORDS

if __name__ == "__main__":
    sys.exit(run_agency(Trade(KINDS, WORDS)))
