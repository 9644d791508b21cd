"""A sandbox for a test, in this process, with clients that speak for its desks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

import httpx

from services.operate.home.home import Home
from services.platform.http.receiver import Receiver
from services.sandbox import app
from tests.patience import PATIENCE


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
