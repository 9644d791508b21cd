"""A sandbox for a test, in this process, with clients that speak for its desks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx

from services.operate.home.home import Home
from services.platform.http.receiver import Receiver
from services.sandbox import app
from tests.patience import PATIENCE
from tests.services.sandbox.dialogue import concern


@asynccontextmanager
async def sandbox(
    path: Path,
    agency: str = "education",
    *,
    empty: bool = True,
    receivers: Mapping[str, Receiver] = MappingProxyType({}),
) -> AsyncIterator[app.Listening]:
    """A sandbox while the block lasts; it ends cleanly with it."""
    stop, listening = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = app.serve(
        Home(path), agency, 0, listening.set_result, stop, empty=empty, receivers=receivers
    )
    task = asyncio.create_task(serving)
    await asyncio.wait((task, listening), return_when=asyncio.FIRST_COMPLETED)
    try:
        if not listening.done():
            await task  # what it raised
        yield listening.result()
    finally:
        stop.set()
        await asyncio.wait((task,))
    assert task.result() == 0


def client(listening: app.Listening, desk: str) -> httpx.AsyncClient:
    """A client of a desk."""
    headers = {"Authorization": f"Bearer {listening.home.token(desk)}"}
    return httpx.AsyncClient(
        base_url=listening.url, headers=headers, trust_env=False, timeout=PATIENCE
    )


async def send(
    http: httpx.AsyncClient, reference: str, query: str = "", **headers: str
) -> httpx.Response:
    """A concern with a reference."""
    record = concern(reference=reference)
    return await http.post(f"/v1/referrals{query}", json=record, headers=headers)


async def sent(http: httpx.AsyncClient, reference: str, **headers: str) -> str:
    """The id of one that was taken."""
    (event,) = (await send(http, reference, **headers)).json()["events"]
    return str(event)


async def until(
    http: httpx.AsyncClient, path: str, seen: Callable[[dict[str, Any]], object]
) -> dict[str, Any]:
    """An answer, once something is seen in it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            body: dict[str, Any] = (await http.get(path)).json()
            if seen(body):
                return body
            await asyncio.sleep(0.02)
