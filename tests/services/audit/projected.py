"""An auditor that answers in memory over a log in memory, and the events that were routed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
from starlette.applications import Starlette

from contracts.encoding import unb64u
from contracts.vocabulary import topics
from services.audit.projection.routes import Projection
from services.platform.http.shared_secret import SharedSecrets, bearer
from tests.contracts.log.bus import Bus
from tests.contracts.log.routing.test_partners_at_random import Partners
from tests.services.audit.lives import END, Life, Lives, lived

SECRET: Final = b"c" * 32
URL: Final = "http://audit"
ASKED: Final = "/projection/civil/event"
NOBODYS: Final = "01890000-0000-7000-8000-000000000000"


@dataclass
class ProjectedBus:
    """A log, who follows it, and what answers of it."""

    lives: Lives
    life: Life
    app: Starlette

    async def ask(self, secret: bytes = SECRET, **question: str) -> httpx.Response:
        return await self.send("POST", ASKED, secret, orjson.dumps(question))

    async def send(
        self, method: str, path: str, secret: bytes = SECRET, body: bytes = b""
    ) -> httpx.Response:
        transport, headers = httpx.ASGITransport(self.app), bearer(secret)
        async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
            return await client.request(method, path, content=body, headers=headers)

    @property
    def decided(self) -> dict[str, dict[str, Any]]:
        """Event id -> claims of its cover, of all that were decided, in the order of the log."""
        return decided_of(self.lives.bus)


def decided_of(bus: Bus) -> dict[str, dict[str, Any]]:
    """Event id -> claims of its cover."""
    events = {}
    for number in range(topics.PARTITIONS):
        for row in bus.written[topics.evidence(bus.name), number]:
            beside = orjson.loads(row.value or b"{}")
            if "decision" in beside:
                claims = orjson.loads(unb64u(beside["cover"].split(".")[1]))
                events[claims["jti"]] = claims
    return events


async def projected(
    tmp_path: Path, monkeypatch: Any, *, events: int = 40, seed: int = 1, store: bool = True
) -> ProjectedBus:
    """A log of odd events, read to its end."""
    bus = Bus()
    lived(bus, Partners(random.Random(seed)), events)
    return await answering(Lives(bus, tmp_path, monkeypatch, seed), store=store)


async def answering(lives: Lives, *, store: bool = True) -> ProjectedBus:
    """One life of an audit, and what answers of it."""
    life, secrets = await lives.live(store=store), SharedSecrets({"civil": SECRET})
    logs = lives.home / "log"
    projection = Projection(secrets, [life.followed], logs, lambda: END, lambda _realm: None)
    return ProjectedBus(lives, life, Starlette(routes=projection.routes))
