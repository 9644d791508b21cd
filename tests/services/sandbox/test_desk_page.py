"""The desks' page of a sandbox: the same pages, by the tokens that there are."""

from __future__ import annotations

import asyncio
import html
import re
from pathlib import Path

import httpx
import pytest

from tests.patience import PATIENCE
from tests.samples import sample
from tests.services.agency.desk.kit import filled, hidden, pressed
from tests.services.sandbox.started import sandbox

pytestmark = pytest.mark.anyio


async def test_a_worker_tries_it_alone_and_is_answered(tmp_path: Path) -> None:
    """With its token for a password, and no other's: written, delivered, acknowledged."""
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


async def test_two_desks_of_one_agency_play_against_each_other(tmp_path: Path) -> None:
    """A browser each: the ASE sees who follows a placement and invites the home, which accepts."""
    meeting = {"at": "2026-10-12T14:00", "minutes": 60, "premises": "ASE", "to": ["home-1"]}
    async with (
        sandbox(tmp_path, "child_welfare", empty=False) as listening,
        httpx.AsyncClient(base_url=listening.url, trust_env=False, timeout=PATIENCE) as home,
        httpx.AsyncClient(base_url=listening.url, trust_env=False, timeout=PATIENCE) as ase,
    ):
        for browser, desk in ((home, "home-1"), (ase, "ase")):
            own = {"account": desk, "password": listening.home.token(desk)}
            await browser.post("/desk/sign-in", data=own)
        placed = await ase.get(await found(ase, "Ordonnance de placement provisoire"))
        asked = await ase.post("/desk/situations", data=hidden(placed.text))
        followed = await ase.get(asked.headers["location"])
        query = f"?situation={asked.headers['location'].rpartition('/')[2]}"
        record = {"kind": "coordination_invitation", **meeting}
        sent = await pressed(ase, await filled(ase, record, query=query), "send")
        invited = await found(home, "Invitation à une réunion")
        own = hidden((await home.get(invited)).text)
        await home.post(f"{invited}/acknowledge", data=own | {"stage": "accepted"})
        async with asyncio.timeout(PATIENCE):
            while "Vous a répondu" not in (await ase.get(sent.headers["location"])).text:
                await asyncio.sleep(0.1)

    assert "CDEF, foyer du Département" in html.unescape(followed.text)


async def found(browser: httpx.AsyncClient, title: str) -> str:
    """The address of what a desk was sent, once it is there."""
    async with asyncio.timeout(PATIENCE):
        while True:
            page = html.unescape((await browser.get("/desk/inbox")).text)
            if address := re.search(rf'href="(/desk/inbox/[^"]+)">{title}', page):
                return address[1]
            await asyncio.sleep(0.1)
