"""The service of any other agency: `python -m services.partner`, by `RELAIS_AGENCY`."""

import sys

from services.agency.app import run_agency

if __name__ == "__main__":
    sys.exit(run_agency())
