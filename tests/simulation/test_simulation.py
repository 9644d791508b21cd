"""Runs of a whole federation by seed: nothing lost, nothing twice, in order, replay clean."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests.simulation.apart import run_apart

# Together they end lives at most places at which a service waits; the night draws others.
GATE: Final = (1, 2, 3, 4, 5, 6)
TRAFFIC_S: Final = 20.0
PLACES: Final = 150  # of death, at least; `python -m tests.simulation --places` tells them
FAILED: Final[list[int]] = json.loads(Path(__file__).with_name("failed.json").read_bytes())


@pytest.mark.parametrize("seed", FAILED)
def test_a_seed_that_ever_failed_stays_clean(seed: int) -> None:
    """They are kept in `failed.json`."""
    assert run_apart(seed).findings_told == []


def test_lives_that_end_wherever_they_wait_lose_and_double_nothing() -> None:
    """Routers, agencies and the auditor, killed, paused, unanswered and slow."""
    told = [run_apart(seed, TRAFFIC_S) for seed in GATE]

    assert [line for one in told for line in one.findings_told] == []
    deaths = sum((Counter(one.deaths) for one in told), Counter[str]())
    assert len(deaths) >= PLACES, sorted(deaths)
    assert all(one.counts["messages"] > 20 for one in told), "there was something to lose"


def test_a_seed_gives_the_same_bytes_each_time() -> None:
    """All that stands on Kafka afterwards, aborted records and markers too."""
    assert run_apart(7, 5.0).digest == run_apart(7, 5.0).digest
