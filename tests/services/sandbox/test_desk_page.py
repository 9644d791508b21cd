"""The desks' page of a sandbox: the same pages, by the tokens that there are."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from services.operate.home.home import Home
from tests.patience import PATIENCE
from tests.samples import sample
from tests.services.agency.desk.kit import Worker
from tests.services.sandbox.process import running


@asynccontextmanager
async def browser(facts: dict[str, Any], desk: str) -> AsyncIterator[Worker]:
    """One in which a desk has signed in with its token for a password."""
    async with Worker(base_url=facts["url"], trust_env=False, timeout=PATIENCE) as made:
        own = {"account": desk, "password": Home(Path(facts["home"])).token(desk.lower())}
        signed_in = await made.post("/desk/sign-in", data=own)
        assert signed_in.status_code == httpx.codes.SEE_OTHER
        yield made


async def shown(browser: httpx.AsyncClient, path: str, pattern: str) -> re.Match[str]:
    """What a page says, once it does."""
    async with asyncio.timeout(PATIENCE):
        while not (found := re.search(pattern, html.unescape((await browser.get(path)).text))):
            await asyncio.sleep(0.1)
    return found


async def test_two_desks_of_one_agency_play_against_each_other(tmp_path: Path) -> None:
    """A browser each: the home tells of an incident, is invited to a meeting and accepts."""
    meeting = {"at": "2026-10-12T14:00", "minutes": 60, "premises": "ASE", "to": ["home-1"]}
    note = sample("child_welfare", "incident_note", "Canary") | {"to": ["ase"]}
    with running(tmp_path / "home", "--agency", "child_welfare") as facts:
        async with browser(facts, "HOME-1") as home, browser(facts, "ase") as ase:
            strange = {"account": "ase", "password": Home(Path(facts["home"])).token("home-1")}
            stranger = await home.post("/desk/sign-in", data=strange)
            assert stranger.status_code == httpx.codes.FORBIDDEN, "another desk's token"
            begun = (await ase.get("/desk/sendings")).text
            placed = await arrival(home, "Ordonnance de placement provisoire")
            await home.pressed(await home.filled(note, query=answering(placed)), "send")
            incident = await arrival(ase, "Note d’incident")
            record = {"kind": "coordination_invitation", **meeting}
            sent = await ase.pressed(await ase.filled(record, query=answering(incident)), "send")
            invited = await arrival(home, "Invitation à une réunion")
            await home.acknowledged(invited, "accepted")
            await shown(ase, sent.headers["location"], "Vous a répondu")

    assert "/desk/sendings/" not in begun, "no attempt that no clause allows is prepared"


def answering(arrival: str) -> str:
    """The query of a form that answers an arrival."""
    return f"?answers={arrival.rpartition('/')[2]}"


async def arrival(browser: httpx.AsyncClient, title: str) -> str:
    """The address of what a desk was sent, once it is there."""
    return (await shown(browser, "/desk/inbox", rf'href="(/desk/inbox/[^"]+)">{title}'))[1]
