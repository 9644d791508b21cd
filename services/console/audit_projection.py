"""What the console is told of the log: it asks each realm's auditor, and keeps what it was told last, with its age.

It has no right to a record. What an auditor says is held to a form before it is kept (`projection_answer.py`), and
is believed of the realm whose secret opened it. Of events nothing is kept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import httpx
import orjson
from pydantic import ValidationError

from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS
from services.console.projection_answer import ProjectionAnswer
from services.console.roles import Role
from services.operate.status.ask import ANSWER_S, bounded_page
from services.platform.http.shared_secret import bearer

Asked = Literal["event", "duties", "convention"]
AUDIT: Final = "audit"  # of both realms; `audit-<realm>` is of one
FRESH_S: Final = 4.0  # as old as a look may be: a hundred readers ask an auditor no more often


@dataclass(frozen=True, slots=True)
class AuditorTold:
    """What a realm's auditor answered last.

    Attributes:
        at: when, seconds since 1970.
        answers: whether it does now.
    """

    answer: ProjectionAnswer
    at: float
    answers: bool = True


ByRealm = Mapping[str, AuditorTold | None]  # None: its auditor has not answered yet


@dataclass
class _Asking:
    """Of one role and question what was answered last, and when it was asked."""

    asked: float = float("-inf")
    told: ByRealm = field(default_factory=dict)
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)


class AuditProjection:
    """Asks auditors.

    Args:
        services: of the federation, with their addresses, as they are now.
        secrets: realm -> what opens its projection; nobody is asked of another.
        transport: by which they are reached; None: the network.
    """

    def __init__(
        self,
        services: Callable[[], Mapping[str, str]],
        secrets: Mapping[str, bytes],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._services, self._secrets, self._transport = services, secrets, transport
        self._asking: dict[tuple[Role, Asked], _Asking] = {}

    async def known(self, role: Role, asked: Asked) -> ByRealm:
        """Of each realm what its auditor says, or said last."""
        asking = self._asking.setdefault((role, asked), _Asking())
        async with asking.one_at_a_time:
            if time.monotonic() - asking.asked >= FRESH_S:
                now = await self._all(role, asked)
                asking.told = {
                    realm: told or _as_before(asking.told.get(realm)) for realm, told in now.items()
                }
                asking.asked = time.monotonic()
        return asking.told

    async def event(self, role: Role, event: str) -> ByRealm:
        """Of each realm what its auditor says of an event; every one is asked, whoever has it."""
        return await self._all(role, "event", event)

    async def _all(self, role: Role, asked: Asked, event: str = "") -> ByRealm:
        question = {"role": role, "asked": asked, **({"event": event} if event else {})}
        services = self._services()
        auditors = {
            realm: url
            for realm in REALMS
            for url in [services.get(principals.audit(realm)) or services.get(AUDIT)]
            if url is not None and realm in self._secrets
        }
        async with httpx.AsyncClient(
            timeout=ANSWER_S, trust_env=False, transport=self._transport
        ) as client:
            every = (
                self._ask(client, realm, url, orjson.dumps(question))
                for realm, url in auditors.items()
            )
            return dict(zip(auditors, await asyncio.gather(*every), strict=True))

    async def _ask(
        self, client: httpx.AsyncClient, realm: str, url: str, question: bytes
    ) -> AuditorTold | None:
        try:
            async with asyncio.timeout(ANSWER_S):
                read = await bounded_page(
                    client,
                    f"{url}/projection/{realm}/asked",
                    question,
                    bearer(self._secrets[realm]),
                )
            return AuditorTold(ProjectionAnswer.model_validate_json(read), time.time())
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, ValidationError, ValueError):
            return None


def _as_before(told: AuditorTold | None) -> AuditorTold | None:
    return None if told is None else AuditorTold(told.answer, told.at, answers=False)
