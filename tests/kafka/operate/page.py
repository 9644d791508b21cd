"""An audit service and a console that asks it, in this process: what a page says of a bus on a broker."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from services.audit.app import serve
from services.platform.keys.keystore import projection_secrets
from services.platform.settings import AuditSettings
from tests.kafka import kit
from tests.patience import PATIENCE
from tests.services.console.kit import SECRETS, OpenConsole
from tests.services.operate.status.pages import answer, calm


@asynccontextmanager
async def looking(bootstrap: str, home: Path, port: int) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which an operator has signed in, while an auditor follows the log."""
    secret = home / "keys" / kit.REALM / "projection.secret"
    secret.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret.write_bytes(SECRETS[kit.REALM])
    secret.chmod(0o600)
    assert projection_secrets(home / "keys", [kit.REALM])
    stop = asyncio.Event()
    given: dict[str, Any] = {
        "kafka": bootstrap, "home": home, "realms": (kit.REALM,), "http_port": port,
        "play": True, "clock_file": home / "clock",
    }  # fmt: skip
    serving = asyncio.create_task(serve(AuditSettings(**given), kit.owners(), stop))
    url = f"http://127.0.0.1:{port}"
    auditor = replace(answer("audit"), url=url)
    console = OpenConsole(home, calm(auditor), auditors={"audit": url})
    try:
        await kit.ready(port)
        async with console.as_("operator") as browser:
            yield browser
    finally:
        console.close()
        stop.set()
        await serving


async def until_said(
    browser: httpx.AsyncClient, path: str, words: str, limit_s: float = PATIENCE
) -> float:
    """Load a page until it says something; after how many seconds it did."""
    began = time.monotonic()
    async with asyncio.timeout(limit_s):
        while True:
            page = await browser.get(path)
            if words in re.sub(r"<[^>]+>", "", page.text):
                return time.monotonic() - began
            await asyncio.sleep(0.25)
