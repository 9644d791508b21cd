"""What the console is told of the log: it asks each realm's auditor, and keeps what it was told last, with its age.

It has no right to a record. What an auditor says is held to a form before it is kept (`answer.py`), and
is believed of the realm whose secret opened it. Of events nothing is kept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import orjson
from pydantic import ValidationError

from services.console.auditor.answer import ProjectionAnswer
from services.console.auditor.client import AuditClient
from services.console.roles import Role

Asked = Literal["event", "duties", "convention"]
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
    """What auditors say, and said last."""

    def __init__(self, client: AuditClient) -> None:
        self._client = client
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
        realms = self._client.realms()
        every = (self._client.ask(realm, "asked", orjson.dumps(question)) for realm in realms)
        said = await asyncio.gather(*every)
        return {realm: _read(answer) for realm, answer in zip(realms, said, strict=True)}


def _read(said: bytes) -> AuditorTold | None:
    """What an answer says; None of one that is empty or of another form."""
    try:
        return AuditorTold(ProjectionAnswer.model_validate_json(said), time.time())
    except ValidationError:
        return None


def _as_before(told: AuditorTold | None) -> AuditorTold | None:
    return None if told is None else AuditorTold(told.answer, told.at, answers=False)
