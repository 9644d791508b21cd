"""The courts' service: `python -m services.justice`."""

import sys

from services.agency.app import run_agency

if __name__ == "__main__":
    sys.exit(run_agency(agency="justice"))
