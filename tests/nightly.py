"""What `make nightly` runs beside `make test`: long forms, three nodes, load, time.

`python -m tests.nightly` runs them and writes `tests/nightly.json`: commit, verdict, seconds, and
what was run; `.ci/run` prints it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
REPORT: Final = Path(__file__).with_suffix(".json")

# The beginnings of tests' ids, and why `make test` leaves them out. A test's own mark does the
# same.
NIGHTLY: Final = {
    "tests/browser/test_forms.py": "every form typed key by key; `make test` types one",
    "tests/browser/test_sign_in.py": "an identity provider that takes a minute to start",
    "tests/go/test_zitadel": "an identity provider that takes a minute to start",
    "tests/kafka/operate/test_admin_commands.py": "three nodes",
    "tests/kafka/operate/test_operate.py": "three nodes",
    "tests/kafka/operate/test_rights.py": "three nodes",
    "tests/kafka/platform/test_tls_services.py": "a federation on one node with TLS",
    "tests/kafka/test_kills.py": "deaths on a real Kafka; `make test` has the simulation's",
    "tests/kafka/test_erasing.py": "brokers' cleaning takes minutes",
    "tests/kafka/test_partner.py": "federations of their own",
    "tests/services/agency/http/test_openapi.py::test_java": "clients compiled by Maven",
    "tests/services/committee/diff/test_diff.py::test_the_largest": "memory",
    "tests/contracts/convention/test_hostile_files.py::test_a_megabyte": "memory",
    "tests/services/console/test_load.py": "load",
    "tests/services/platform/keys/test_pkcs11.py": "a device in software",
    "tests/simulation/test_simulation.py::test_a_planted": "it waits for what a planted fault lost",
}
COMMANDS: Final = {  # each with what it must leave out of the environment of a night
    "tests": [sys.executable, "-m", "pytest", "-n", "2", "--no-loadscope-reorder"],
    "containers": ["make", "containers"],
    "coverage": ["make", "coverage"],
    "simulation": [
        sys.executable, "-m", "tests.simulation",
        "--seed", str(int(time.time())), "--seeds", os.environ.get("RELAIS_SEEDS", "100"),
        "--jobs", str(os.cpu_count() or 1),
    ],
}  # fmt: skip


def is_nightly(nodeid: str) -> bool:
    """Whether the table leaves a test to the night."""
    return nodeid.startswith(tuple(NIGHTLY))


def main() -> int:
    """Run all of it; 0 if nothing failed."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's `&` has ignored
    commit = _git("rev-parse", "HEAD") + ("+" if _git("status", "--porcelain", "-uno") else "")
    ran = {name: _run(name, command) for name, command in COMMANDS.items()}
    good = not any(one["exit"] for one in ran.values())
    report: dict[str, Any] = {"commit": commit, "verdict": "green" if good else "red", "ran": ran}
    report["seconds"] = sum(one["seconds"] for one in ran.values())
    REPORT.write_text(json.dumps(report, indent=1) + "\n")
    return not good


def _git(*what: str) -> str:
    done = subprocess.run(["git", *what], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _run(name: str, command: list[str]) -> dict[str, Any]:
    """How a command ended; what failed, by the lines of pytest's summary."""
    night = {"RELAIS_NIGHTLY": "1"} if name == "tests" else {}
    began, said = time.monotonic(), list[str]()
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | night, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            said.append(line)
    failed = [one for line in said for one in re.findall(r"^(?:FAILED|ERROR) (\S+)", line)]
    kinds = r"\d+ passed.* in \S+s|\d+ runs, .*"
    summary = [one for line in said for one in re.findall(kinds, line)]
    seconds = round(time.monotonic() - began)
    return {"exit": process.returncode, "seconds": seconds, "summary": summary, "failed": failed}


if __name__ == "__main__":
    sys.exit(main())
