"""The desks' page of a sandbox: the same pages, by the tokens that there are."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from tests.patience import PATIENCE
from tests.samples import sample
from tests.services.agency.desk.kit import filled, pressed
from tests.services.sandbox.started import client, sandbox

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


async def test_a_worker_says_that_an_arrival_does_not_open(tmp_path: Path) -> None:
    """Why, in words and both languages, and the one answer that there is; its sender is told."""
    async with (
        sandbox(tmp_path, "association", empty=False) as listening,
        client(listening, "asso") as software,
        httpx.AsyncClient(base_url=listening.url, trust_env=False, timeout=PATIENCE) as worker,
    ):
        items = (await software.get("/v1/inbox")).json()["items"]
        (event,) = [one["event"] for one in items if one.get("error") == "cannot_open"]
        own = {"account": "asso", "password": listening.home.token("asso")}
        await worker.post("/desk/sign-in", data=own)
        page = await worker.get(f"/desk/inbox/{event}")
        english = await worker.get(f"/desk/inbox/{event}?lang=en")
        form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        said = await worker.post(
            f"/desk/inbox/{event}/acknowledge", data={**form, "stage": "unreadable"}
        )

    assert "scellé pour une clé que votre service n’a pas" in page.text
    assert "sealed to a key that your service does not have" in english.text
    assert page.text.count('name="stage"') == 1
    assert said.status_code == httpx.codes.SEE_OTHER
