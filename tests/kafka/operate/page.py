"""An audit service in this process, and what it tells of quarantine to `relais status` and to the console."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.audit.app import serve
from services.operate.status.kept_by import kept_by
from services.platform.keys.keystore import projection_secrets
from services.platform.settings import AuditSettings
from tests.kafka import kit
from tests.patience import PATIENCE
from tests.services.console.kit import SECRETS

Codes = Callable[[], Any]


@asynccontextmanager
async def looking(bootstrap: str, home: Path, port: int) -> AsyncIterator[Codes]:
    """What codes lie in quarantine, asked of an auditor that follows the log."""
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

    async def codes() -> set[str] | None:
        told = await kept_by({"audit": f"http://127.0.0.1:{port}"}, SECRETS)
        return {row.code for row in told[kit.REALM]} if kit.REALM in told else None

    try:
        await kit.ready(port)
        yield codes
    finally:
        stop.set()
        await serving


async def until_told(codes: Codes, code: str, *, there: bool = True) -> float:
    """Ask until a code is among them, or no more; after how many seconds it was so."""
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        while (told := await codes()) is None or (code in told) is not there:
            await asyncio.sleep(0.25)
    return time.monotonic() - began
