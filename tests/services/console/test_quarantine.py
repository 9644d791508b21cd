"""The page on quarantine: whose it is, what is missing; nothing here gives orders."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx

from services.operate.status.kept_by import KeptBy
from services.operate.status.state import FederationState, federation
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.pages import AT, CALM, answer
from tests.services.operate.status.test_told import BUSY

ROWS = (
    KeptBy("unknown_convention", "education", "edu-s", 12, AT - 3 * 86_400),
    KeptBy("signature_wrong", "", "", 3, AT - 60),
)


def _told(state: FederationState, *rows: KeptBy) -> FederationState:
    realms = {**state.realms, "civil": replace(state.realms["civil"], kept_by=rows)}
    return replace(state, realms=realms)


async def _page(console: OpenConsole, state: FederationState) -> str:
    console.watch.take(state)
    async with console.as_("operator") as browser:
        page = (await browser.get("/quarantine?lang=en")).text
    return re.sub(r"<[^>]+>|\s+", " ", page).replace("\xa0", " ").replace("\u202f", " ")


async def test_the_page_says_whose_it_is_and_since_when(console: OpenConsole) -> None:
    """By code, outbox and issuer; and the commands by which owners order."""
    page = await _page(console, _told(BUSY, *ROWS))

    assert re.search(r"unknown_convention\s+education\s+edu-s\s+12\s+12 January 2027", page)
    assert re.search(r"signature_wrong\s+–\s+–\s+3 ", page)
    assert "relais quarantine decide PARTITION:DECISION" in page
    assert "no auditor" not in page


async def test_nothing_is_ordered_here(console: OpenConsole) -> None:
    """What is ordered, owners sign elsewhere."""
    async with console.as_("operator") as browser:
        page = (await browser.get("/quarantine")).text
        sent = await browser.post("/quarantine", data={"kind": "release"})

    assert 'action="/quarantine' not in page
    assert sent.status_code == httpx.codes.METHOD_NOT_ALLOWED


async def test_what_nobody_tells_is_said_to_be_missing(console: OpenConsole) -> None:
    """An auditor that is away, and a router that is: their figures are no nought."""
    silent = await _page(console, BUSY)
    dead = await _page(console, federation(AT, [answer("audit")], CALM, {}, {}))

    assert "no auditor of the civil bus has told: 3 to be ruled on" in silent
    assert "Routing of the civil bus does not answer" in dead
