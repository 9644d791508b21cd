"""`python -m services.police`."""

import sys

from services.police.app import main

if __name__ == "__main__":
    sys.exit(main())
