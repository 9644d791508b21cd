"""`python -m services.association`."""

import sys

from services.association.app import main

if __name__ == "__main__":
    sys.exit(main())
