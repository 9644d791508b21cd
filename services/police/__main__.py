"""The police's service: `python -m services.police`."""

import sys

from services.agency.app import run_agency
from services.agency.trade import Trade
from services.police.records import KINDS
from services.police.words import WORDS

if __name__ == "__main__":
    sys.exit(run_agency(Trade(KINDS, WORDS), agency="police"))
