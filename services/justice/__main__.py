"""`python -m services.justice`."""

import sys

from services.justice.app import main

if __name__ == "__main__":
    sys.exit(main())
