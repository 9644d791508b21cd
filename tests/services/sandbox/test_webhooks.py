"""Webhooks of a sandbox: what a test leads to is posted, verified, and tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
from standardwebhooks import Webhook

from contracts.errors import UsageError
from services.platform.http.receiver import Receiver
from services.sandbox.webhooks import LOOPBACK, read_receivers
from tests.patience import PATIENCE
from tests.services.agency.webhooks.receiving import LocalReceiver, receiving
from tests.services.sandbox.started import client, sandbox, send, until

pytestmark = pytest.mark.anyio

DESK: Final = "edu-s"
LATER_S: Final = 3600  # after which a message that was refused once more is due


async def came(local: LocalReceiver, count: int) -> None:
    """Wait until so many were posted."""
    async with asyncio.timeout(PATIENCE):
        while len(local.came) < count:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def posting_to(
    local: LocalReceiver, folder: Path
) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A sandbox that has told a receiver of an arrival: its client, and the key that both share."""
    told = read_receivers([f"{DESK}=http://127.0.0.1:{local.port}/hook"])
    async with (
        sandbox(folder / "home", receivers=told) as listening,
        client(listening, DESK) as http,
    ):
        key = (await http.get("/v1/webhook")).json()["shared_key"]
        await send(http, "sandbox:")
        await came(local, 1)
        yield http, key


async def test_an_arrival_is_posted_and_verified_by_the_stock_library(tmp_path: Path) -> None:
    """The CRIP gives an outcome; the webhook names the event that lies in the inbox."""
    async with receiving() as local, posting_to(local, tmp_path) as (http, key):
        item = (await http.get("/v1/inbox")).json()["items"][0]

    message = Webhook(key).verify(local.came[0].body, local.came[0].headers)
    assert message["data"]["event"] == item["event"]


async def test_what_was_not_taken_comes_again_once_the_clock_is_moved(tmp_path: Path) -> None:
    """The second wait is five minutes; the time that a message bears stays the machine's."""
    async with receiving() as local:
        local.answer = lambda _: "500 Internal Server Error"
        async with posting_to(local, tmp_path) as (http, key):
            for count in (2, 3):
                await http.post("/sandbox/clock", json={"seconds": LATER_S})
                await came(local, count)

    assert len({posted.headers["webhook-id"] for posted in local.came}) == 1
    assert Webhook(key).verify(local.came[-1].body, local.came[-1].headers)


async def test_a_receiver_elsewhere_is_not_posted_to(tmp_path: Path) -> None:
    """A name that led here at the start leads to another network, and nothing goes there."""
    told = {DESK: Receiver(url="http://192.0.2.1:9/hook", networks=LOOPBACK)}
    async with (
        sandbox(tmp_path / "home", receivers=told) as listening,
        client(listening, DESK) as http,
    ):
        await send(http, "sandbox:")
        await until(http, "/v1/webhook", lambda body: body["pending"])

    assert not told[DESK].permits("192.0.2.1")


async def test_a_row_that_names_no_address_here_or_no_desk_of_ours_is_refused(
    tmp_path: Path,
) -> None:
    """Before anything is served: nobody waits for what is never posted."""
    for row in ("edu-s", "edu-s=http://192.0.2.1:9/hook", "edu-s=http://nobody.invalid/hook"):
        with pytest.raises(UsageError, match="webhook_malformed"):
            read_receivers([row])
    assert read_receivers(["edu-s=http://localhost:9/hook", "edu-h-1=http://[::1]:9/"])
    with pytest.raises(UsageError, match="desk_unknown"):
        async with sandbox(
            tmp_path / "home", receivers=read_receivers(["crip=http://127.0.0.1:9/hook"])
        ):
            pass
