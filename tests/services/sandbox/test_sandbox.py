"""The sandbox as a partner's software meets it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from contracts.errors import UsageError
from services.operate.home.home import Home
from tests.patience import PATIENCE
from tests.samples import sample
from tests.services.sandbox.started import client, sandbox

pytestmark = pytest.mark.anyio


async def test_a_concern_is_routed_and_acknowledged(tmp_path: Path) -> None:
    """The real convention lets it through; the CRIP that plays along says that it has it."""
    async with sandbox(tmp_path) as listening, client(listening, "edu-s") as school:
        sent = await school.post(
            "/v1/referrals", json=sample("education", "information_preoccupante")
        )
        (event,) = sent.json()["events"]
        async with asyncio.timeout(PATIENCE):
            while "acknowledged" not in (await school.get(f"/v1/referrals/{event}")).text:
                await asyncio.sleep(0.02)

    assert sent.status_code == 202


async def test_another_federations_home_is_left_alone(tmp_path: Path) -> None:
    """Its clock would be taken away, and its directory signed anew."""
    Home(tmp_path).prepare(1_795_514_400, weeks=1)

    with pytest.raises(UsageError, match="home_in_earnest"):
        async with sandbox(tmp_path):
            pass
