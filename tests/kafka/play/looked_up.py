"""An event looked up by its id on the console of a running federation, by whoever has signed in."""

from __future__ import annotations

import asyncio
import re
import time

import httpx

from services.console.roles import Role, sees
from tests.patience import PATIENCE


async def looked_up(browser: httpx.AsyncClient, role: Role, event: str) -> dict[str, bytes]:
    """What an event's life and an id of nobody show a role; nothing for a role that has no such page."""
    if not sees(role, "event"):
        return {}
    nobodys = "0" * 8 + event[8:]
    return {
        f"{role} event": await _found(browser, event),
        f"{role} nobody": await _asked(browser, nobodys),
    }


async def _found(browser: httpx.AsyncClient, event: str) -> bytes:
    """The page once it is whole, or as it is after a while."""
    end = time.monotonic() + PATIENCE
    while b"under the published one" not in (page := await _asked(browser, event)):
        if time.monotonic() > end:
            break
        await asyncio.sleep(1)
    return page


async def _asked(browser: httpx.AsyncClient, event: str) -> bytes:
    page = (await browser.get("/event", params={"lang": "en"})).text
    form = re.search(r'name="form" value="([^"]+)"', page)
    assert form is not None
    return (await browser.post("/event?lang=en", data={"form": form[1], "event": event})).content
