"""The auditor's verdict over a running federation, as a story shows it."""

from __future__ import annotations

from typing import Any

from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS
from services.audit.replay import replay
from services.platform.process.clock import FileClock
from services.play.run.launch import Federation


async def auditor(federation: Federation) -> dict[str, Any]:
    """Replay both realms without any decryption key: `clean`, `records`, `findings`, `realms`."""
    clock = FileClock(federation.home.clock)
    clients = {realm: federation.client(principals.audit(realm)) for realm in REALMS}
    owners = federation.home.owners
    verdict = await replay(federation.bootstrap, REALMS, owners, clock.now, clients=clients)
    return verdict.json()
