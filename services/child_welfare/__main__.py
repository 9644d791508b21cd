"""Child welfare's service: `python -m services.child_welfare`."""

import sys

from services.agency.app import run_agency

if __name__ == "__main__":
    sys.exit(run_agency(agency="child_welfare"))
