"""Runs of a whole federation by seed: nothing lost or twice, and what is planted is found."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.simulation.planted import PLANTS

FAILED: Final[list[int]] = json.loads(Path(__file__).with_name("failed.json").read_bytes())
SEEDS: Final = sorted({2, 7, *FAILED})
ACTS: Final = 11  # every kind is in these runs
PLACES: Final = 170  # of death, at least; the night draws others


@cache
def simulated(*words: object) -> subprocess.CompletedProcess[str]:
    """The command by which a failed seed is run again."""
    command = [sys.executable, "-m", "tests.simulation", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True)  # noqa: PLW1510


def test_lives_that_end_wherever_they_wait_lose_and_double_nothing() -> None:
    """Routers, agencies, auditor, operators: killed, paused, unanswered, without power.

    Seeds that ever failed (`failed.json`) are among them.
    """
    told = simulated("--places", "--seed", *SEEDS)

    assert told.returncode == 0, told.stdout + told.stderr
    assert len({*re.findall(r"'act (\w+)'", told.stdout)}) == ACTS
    places = re.search(r"([0-9]+) places of death", told.stdout)
    assert places, told.stdout
    assert int(places[1]) >= PLACES, told.stdout


def test_a_seed_gives_the_same_bytes_each_time() -> None:
    """All that stands on Kafka afterwards, aborted records and markers too, in one sum."""
    once = simulated("--places", "--seed", *SEEDS).stdout.splitlines()
    again = simulated("--seed", 7).stdout.splitlines()

    assert again[0].startswith("seed 7: lost 0, twice 0, gaps 0, replay clean")
    assert again[0] in once


@pytest.mark.slow
@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_fault_is_found_within_200_seeds_and_told_with_its_own(plant: str) -> None:
    """The seed that finds it has nothing to tell without it."""
    found = simulated("--seeds", 200, "--planted", plant)
    seed = found.stdout.removeprefix("seed ").partition(":")[0]
    clean = simulated("--seed", seed)

    assert found.returncode == 1, found.stdout + found.stderr
    assert f"seed {seed}: {PLANTS[plant][1]}" in found.stdout
    assert clean.returncode == 0, clean.stdout + clean.stderr
