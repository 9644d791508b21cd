"""Exactly once while routers are killed and zombies come back, on one plain broker."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from services.platform.process.exit_codes import FENCED, GOOD
from tests.kafka.campaign import SHARDS, Campaign, expected_deliveries, expected_order, look

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

KILLS = int(os.environ.get("RELAIS_KILLS", "8"))
SEED = int(os.environ.get("RELAIS_SEED", "1"))


async def test_kills_and_zombies_lose_nothing_and_repeat_nothing(
    fresh: str, tmp_path: Path
) -> None:
    """0 lost, 0 duplicated, order per case kept, sequences without gaps, a clean replay."""
    campaign = Campaign(fresh, tmp_path, SEED, KILLS)

    await campaign.run()

    found = await look(fresh, campaign.published)
    done = (
        f"{campaign.kills} kills, {campaign.zombies} zombies, {campaign.spoilt} states spoilt, "
        f"{len(campaign.published)} events"
    )
    sys.stdout.write(f"\n{done}\n")
    assert campaign.kills + campaign.zombies >= KILLS
    assert Counter(campaign.codes) == Counter({FENCED: campaign.zombies, GOOD: SHARDS})
    once = Counter(one.digest for one in campaign.published)
    assert found.decided == once
    assert found.told == once
    assert set(found.kinds) == {"genesis", "adopted", "decided"}
    sent = Counter(expected_deliveries(campaign.published))
    assert {slip: found.delivered[slip] for slip in sent} == sent
    assert set(found.delivered.values()) == {1}
    assert found.order == expected_order(campaign.published)
    assert found.gaps == []
    assert found.verdict is not None
    assert [one for _, one in found.verdict.findings if one.alarm] == []
    assert found.verdict.records == sum(found.kinds.values())
