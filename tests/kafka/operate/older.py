"""A release of this repository's own history, unpacked to be run beside today's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.kafka import kit


def unpacked(release: str, folder: Path, instead: str = "") -> Path:
    """The files of a commit, in a new folder.

    A clone without that history skips the test; in continuous integration it fails.

    Args:
        instead: what holds the same without it, for who reads that it was skipped.
    """
    folder.mkdir()
    packed = subprocess.run(
        ["git", "archive", release], cwd=kit.ROOT, capture_output=True, check=False
    )
    if packed.returncode:
        tell = pytest.fail if "RELAIS_CI" in os.environ else pytest.skip
        tell(f"this clone's history does not have {release}{instead}")
    subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
    return folder
