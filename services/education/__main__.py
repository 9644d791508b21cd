"""Schools' service: `python -m services.education`."""

import sys

from services.agency.app import run_agency
from services.agency.trade import Trade
from services.education.records import KINDS
from services.education.words import WORDS

if __name__ == "__main__":
    sys.exit(run_agency(Trade(KINDS, WORDS), agency="education"))
