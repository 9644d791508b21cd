"""`python -m services.child_welfare`."""

import sys

from services.child_welfare.app import main

if __name__ == "__main__":
    sys.exit(main())
