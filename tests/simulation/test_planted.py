"""What the simulation is worth: each fault that is planted in the product, it finds."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

from tests.simulation.planted import PLANTS

# What is told of each, by the first seed that finds it.
TOLD: Final = {
    "offsets_first": "lost: not decided",
    "state_first": "alarms of the audit",
    "skipped_record": "stores and logs that differ",
    "no_fence": "alarms of the audit",
    "told_twice": "overdue told twice",
    "witness_folded": "forgotten by witnesses",
    "checkpoint_first": "logs that are not followed",
    "unsaid_key": "destroyed, and no directory says so",
    "never_due": "due and not told",
    "other_bytes": "put aside and not kept",
}


@pytest.mark.slow
@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_fault_is_found_within_200_seeds_and_told_with_its_own(plant: str) -> None:
    """The seed that finds it has nothing to tell without it."""
    command = [sys.executable, "-m", "tests.simulation"]

    found = _run(*command, "--seeds", "200", "--planted", plant)
    seed = found.stdout.removeprefix("seed ").partition(":")[0]
    clean = _run(*command, "--seed", seed)

    assert found.returncode == 1, found.stdout + found.stderr
    assert f"seed {seed}: {TOLD[plant]}" in found.stdout
    assert clean.returncode == 0, clean.stdout + clean.stderr


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True)  # noqa: PLW1510
