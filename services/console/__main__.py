"""`python -m services.console`."""

import sys
from functools import partial

from services.console.app import serve
from services.console.settings import ConsoleSettings
from services.platform.service import run_service

if __name__ == "__main__":
    sys.exit(run_service("console", ConsoleSettings, lambda settings: partial(serve, settings)))
