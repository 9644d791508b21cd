"""The auditor's verdict over a running federation, as a story shows it."""

from __future__ import annotations

from typing import Any

from contracts.scopes import REALMS
from services.audit.replay import replay
from services.federation.launch import Federation
from services.shell.clock import FileClock


async def auditor(federation: Federation) -> dict[str, Any]:
    """Replay both realms without any decryption key: `clean`, `records`, `findings`, `realms`."""
    clock = FileClock(federation.home.clock)
    verdict = await replay(federation.bootstrap, REALMS, federation.home.owners, clock.now)
    return verdict.json()
