"""`python -m services.audit`: the auditor's service."""

import sys
from functools import partial

from services.audit.app import serve
from services.platform.keys.owners import read_owners
from services.platform.service import Serve, run_service
from services.platform.settings import AuditSettings


def _prepare(settings: AuditSettings) -> Serve:
    return partial(serve, settings, read_owners(settings.home))


if __name__ == "__main__":
    sys.exit(run_service("audit", AuditSettings, _prepare))
