"""`python -m services.education`."""

import sys

from services.education.app import main

if __name__ == "__main__":
    sys.exit(main())
