"""`python -m services.partner`."""

import sys

from services.partner.app import main

if __name__ == "__main__":
    sys.exit(main())
