"""The courts' service: `python -m services.justice`."""

import sys

from services.agency.app import run_agency
from services.agency.trade import Trade
from services.justice.records import KINDS
from services.justice.words import WORDS

if __name__ == "__main__":
    sys.exit(run_agency(Trade(KINDS, WORDS), agency="justice"))
