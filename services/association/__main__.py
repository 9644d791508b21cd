"""The associations' service: `python -m services.association`."""

import sys

from services.agency.app import run_agency
from services.agency.trade import Trade
from services.association.records import KINDS
from services.association.words import WORDS

if __name__ == "__main__":
    sys.exit(run_agency(Trade(KINDS, WORDS), agency="association"))
