"""The short form of `make faults`: the same campaign, minutes instead of half an hour."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.faults.campaign import Report, campaign

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.kafka,
    pytest.mark.slow,
]

SEED: Final = int(os.environ.get("RELAIS_SEED", "1"))
NIGHT: Final = "RELAIS_NIGHTLY" in os.environ
FAULTS: Final = 40 if NIGHT else 14
LIMIT_S: Final = 100.0 if NIGHT else 40.0
ENOUGH: Final = 20 if NIGHT else 8  # on a busy machine
KINDS: Final = 7 if NIGHT else 4


async def test_faults_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    """Three TLS brokers, two shards, five agencies: 0 lost, 0 twice, in order, no gap, clean."""
    report = await campaign(tmp_path / "home", seed=SEED, target=FAULTS, limit_s=LIMIT_S, say=_say)

    _say(f"{report.faults}\n{report.events}\n{report.stops}")
    assert {name: found for name, found in report.findings.items() if found} == {}
    assert sum(report.faults.values()) >= ENOUGH
    assert len(report.faults) - len(report.never) >= KINDS
    _worked(report)


def _worked(report: Report) -> None:
    """There was something to lose."""
    assert report.events["requests accepted"] > 50
    assert report.events["decisions"] == report.events["events published"]
    assert report.events["deliveries"] > 50
    assert report.stops["longest stop of routing"] > 0


def _say(text: str) -> None:
    sys.stdout.write(f"\n{text}")
