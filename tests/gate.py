"""`make test`: all but the night's, on two workers; what failed on Kafka once more, alone."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

from tests.nightly import ROOT

REAL: Final = ("tests/kafka/", "tests/test_readme.py")
WORKERS: Final = ("-n", "2", "--no-loadscope-reorder", "--cache-clear")
FAILED: Final = 1  # pytest's exit code where tests ran and some failed


def main(arguments: list[str]) -> int:
    """Exit code of pytest; 0 too where all that failed needs Kafka and passes alone."""
    code = _pytest(*WORKERS, *arguments)
    kept = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"  # the run began without it
    failed = sorted(json.loads(kept.read_text())) if code == FAILED and kept.exists() else []
    if not failed or not all(one.startswith(REAL) for one in failed):
        return code
    sys.stdout.write(f"\nTried once more, alone: {' '.join(failed)}\n")
    code = _pytest(*failed)
    sys.stdout.write(f"\nTried once more, alone, exit code {code}: {' '.join(failed)}\n")
    return code


def _pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
