"""What the simulation is worth: each fault that is planted in the product, it finds."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

from tests.simulation.planted import PLANTS

# A seed by which it is found, and what is then told. Twins and time are among the acts of seed 20.
SEEDS: Final = {
    "offsets_first": (20, "lost: not decided"),
    "state_first": (20, "alarms of the audit"),
    "skipped_record": (20, "inboxes as their desks read them"),
    "no_fence": (20, "alarms of the audit"),
    "told_twice": (20, "overdue told twice"),
    "witness_folded": (20, "forgotten by witnesses"),
}


def simulated(seed: int, *more: str) -> subprocess.CompletedProcess[str]:
    """A run of a seed, by the command that tells it."""
    command = [sys.executable, "-m", "tests.simulation", "--seed", str(seed), *more]
    return subprocess.run(command, capture_output=True, text=True)  # noqa: PLW1510


@pytest.mark.slow
@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_fault_is_found_and_told_with_its_seed(plant: str) -> None:
    """Found by what it breaks, and not by some error on the way."""
    seed, check = SEEDS[plant]

    found = simulated(seed, "--planted", plant)

    assert found.returncode == 1, found.stderr
    assert found.stdout.startswith(f"seed {seed}: ")
    assert f"seed {seed}: {check}: " in found.stdout


@pytest.mark.slow
@pytest.mark.parametrize("seed", sorted({seed for seed, _ in SEEDS.values()}))
def test_the_same_seed_without_the_fault_is_clean(seed: int) -> None:
    """What is found above is the fault alone."""
    clean = simulated(seed)

    assert clean.returncode == 0, clean.stdout + clean.stderr
