"""The README's commands, typed once in a newcomer's folder while `relais up` runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from services.play.kafka.fetch import fetch_jars
from tests.shell import ROOT, commands, environment, part, running, until_good

PART = part("## A partner information system").partition("\n### ")[0]
LINES = [line for line in commands(PART) if line.startswith("relais")]


@pytest.fixture
def programs(tmp_path: Path) -> dict[str, str]:
    """An environment in which `relais` is this repository's and the home is the folder's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (tmp_path / "contracts").symlink_to(ROOT / "contracts")
    script = folder / "relais"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m services "$@"\n')
    script.chmod(0o755)
    return environment(os.pathsep.join((str(folder), str(Path(sys.executable).parent))), ROOT)


@pytest.mark.kafka
@pytest.mark.slow
def test_the_first_five_minutes(tmp_path: Path, programs: dict[str, str]) -> None:
    """Each ends with 0; after Ctrl-C nothing of `relais up` is left."""
    fetch_jars()
    up = LINES.pop(0)
    with running(up, "Ctrl-C stops everything", tmp_path, programs):
        for command in LINES:
            until_good(command, tmp_path, programs)
