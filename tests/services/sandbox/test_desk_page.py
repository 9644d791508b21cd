"""The desks' page of a sandbox: the same pages, by the tokens that there are."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.patience import PATIENCE
from tests.samples import sample
from tests.services.agency.desk.kit import filled, pressed
from tests.services.sandbox.started import sandbox

pytestmark = pytest.mark.anyio


async def test_a_worker_tries_it_alone_and_is_answered(tmp_path: Path) -> None:
    """With its token for a password, and no other's: written, sent, delivered, acknowledged by the CRIP that plays itself."""
    concern = sample("association", "information_preoccupante", "Canary")
    async with (
        sandbox(tmp_path, "association") as listening,
        httpx.AsyncClient(base_url=listening.url, trust_env=False, timeout=PATIENCE) as worker,
    ):
        own = {"account": "asso", "password": listening.home.token("asso")}
        stranger = await worker.post("/desk/sign-in", data={**own, "account": "psp"})
        await worker.post("/desk/sign-in", data=own)
        sent = await pressed(worker, await filled(worker, concern), "send")
        async with asyncio.timeout(PATIENCE):
            while "Vous a répondu" not in (await worker.get(sent.headers["location"])).text:
                await asyncio.sleep(0.1)

    assert stranger.status_code == httpx.codes.FORBIDDEN
    assert sent.status_code == httpx.codes.SEE_OTHER
