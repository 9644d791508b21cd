"""`make test`: all but the night's, on two workers; what failed on Kafka once more, alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.nightly import ROOT

REAL: Final = ("tests/kafka/", "tests/test_readme.py")
WORKERS: Final = ("-n", "2", "--no-loadscope-reorder", "--cache-clear")
FAILED: Final = 1  # pytest's exit code where tests ran and some failed


def main(arguments: list[str]) -> int:
    """Exit code of pytest; 0 too where all that failed needs Kafka and passes alone."""
    code = _pytest(*WORKERS, *arguments)
    failed = failed_tests(ROOT / ".pytest_cache") if code == FAILED else []
    if not failed or not all(one.startswith(REAL) for one in failed):
        return code
    sys.stdout.write(f"\nTried once more, alone: {' '.join(failed)}\n")
    code = _pytest(*failed)
    sys.stdout.write(f"\nTried once more, alone, exit code {code}: {' '.join(failed)}\n")
    return code


def failed_tests(cache: Path) -> list[str]:
    """Ids of the tests that failed in the last run, which began with an empty cache."""
    kept = cache / "v" / "cache" / "lastfailed"
    return sorted(json.loads(kept.read_text())) if kept.exists() else []


def _pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
