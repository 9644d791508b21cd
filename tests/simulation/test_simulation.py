"""Runs of a whole federation by seed: nothing lost, nothing twice, in order, replay clean."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

FAILED: Final[list[int]] = json.loads(Path(__file__).with_name("failed.json").read_bytes())
PLACES: Final = 115  # of death, at least, in two runs; the night draws others


def simulated(*more: str) -> subprocess.CompletedProcess[str]:
    """The command by which a failed seed is run again, with the same order of sets."""
    command = [sys.executable, "-m", "tests.simulation", *more]
    return subprocess.run(command, capture_output=True, text=True)  # noqa: PLW1510


@pytest.mark.parametrize("seed", FAILED)
def test_a_seed_that_ever_failed_stays_clean(seed: int) -> None:
    """They are kept in `failed.json`."""
    again = simulated("--seed", str(seed))

    assert again.returncode == 0, again.stdout + again.stderr


@pytest.mark.parametrize("first", [1, 3])
def test_lives_that_end_wherever_they_wait_lose_and_double_nothing(first: int) -> None:
    """Routers, agencies, the auditor and operators: killed, paused, unanswered, without power."""
    told = simulated("--seed", str(first), "--seeds", "2", "--places")

    assert told.returncode == 0, told.stdout + told.stderr
    places = re.search(r"([0-9]+) places of death", told.stdout)
    assert places, told.stdout
    assert int(places[1]) >= PLACES, told.stdout


def test_a_seed_gives_the_same_bytes_each_time() -> None:
    """All that stands on Kafka afterwards, aborted records and markers too, in one sum."""
    once, again = (simulated("--seed", "7", "--traffic", "5").stdout for _ in range(2))

    assert once.startswith("seed 7: lost 0, twice 0, gaps 0, replay clean")
    assert once.splitlines()[0] == again.splitlines()[0]
