"""The audit service with the test kit's owners, as a process: `python -m tests.kafka.auditor`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from services.audit.app import serve
from services.platform.process import exit_codes, logs
from services.platform.process.tether import tethered
from services.platform.settings import AuditSettings, environment, load
from tests.kafka.kit import REALM, ROOT, owners


def start_auditor(bootstrap: str, home: Path, log: Path, **more: Any) -> subprocess.Popen[bytes]:
    """The service of one realm, with a clock at NOW; its log lines go to `log`."""
    given = {"kafka": bootstrap, "realms": (REALM,), "home": home, "play": True}
    settings = AuditSettings(**given | {"clock_file": home / "clock"} | more)  # type: ignore[arg-type]
    with log.open("ab") as out:
        return subprocess.Popen(
            tethered([sys.executable, "-m", "tests.kafka.auditor"]),
            cwd=ROOT, env={**os.environ, **environment(settings)}, stdout=out, stderr=out,
        )  # fmt: skip


def main() -> int:
    """Run until SIGTERM; the exit code of the service."""
    settings = load(AuditSettings)
    logs.configure("audit", settings.log_level)
    return exit_codes.run(lambda stop: serve(settings, owners(), stop))


if __name__ == "__main__":
    sys.exit(main())
