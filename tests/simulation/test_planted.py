"""What the simulation is worth: each fault that is planted in the product, it finds."""

from __future__ import annotations

import pytest

from tests.simulation.planted import PLANTS
from tests.simulation.test_simulation import simulated


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
