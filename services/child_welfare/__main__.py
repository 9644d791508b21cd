"""Child welfare's service: `python -m services.child_welfare`."""

import sys

from services.agency.app import run_agency
from services.agency.trade import Trade
from services.child_welfare.records import KINDS
from services.child_welfare.words import WORDS

if __name__ == "__main__":
    sys.exit(run_agency(Trade(KINDS, WORDS), agency="child_welfare"))
