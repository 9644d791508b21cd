"""What audit services tell the console of an event, by a shared secret: bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

import httpx
import orjson
from pydantic import ValidationError

from contracts.errors import UsageError
from services.console.auditor.answer import ProjectionAnswer
from services.console.roles import Role
from services.operate.status.ask import ask_auditor, auditor_of


class AuditClient:
    """Asks the audit services of a federation: one, or one a realm.

    Args:
        services: name in the home -> address, as they are now, or `UsageError` while the file that
            lists them cannot be read: then they are where they were. What a service says that it is
                opens no secret.
        secrets: realm -> what opens its projection; nobody is asked of another.
        transport: by which they are asked; None: the network.
    """

    def __init__(
        self,
        services: Callable[[], Mapping[str, str]],
        secrets: Mapping[str, bytes],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._services, self._secrets, self._transport = services, secrets, transport
        self._listed: Mapping[str, str] = {}

    async def event(self, role: Role, event: str) -> Mapping[str, ProjectionAnswer | None]:
        """Of each realm what its auditor says of an event; every one is asked, whoever has it.

        None: no answer, or one of another form. Nothing of it is kept.
        """
        with suppress(UsageError):  # a file that is being replaced
            self._listed = self._services()
        urls = {realm: auditor_of(self._listed, realm) for realm in self._secrets}
        realms = [realm for realm, url in urls.items() if url]
        said = await asyncio.gather(
            *(self._ask(urls[realm], realm, role, event) for realm in realms)
        )
        return dict(zip(realms, said, strict=True))

    async def _ask(self, url: str, realm: str, role: Role, event: str) -> ProjectionAnswer | None:
        question = orjson.dumps({"role": role, "event": event})
        said = await ask_auditor(
            url, realm, "event", self._secrets[realm], question, self._transport
        )
        try:
            return ProjectionAnswer.model_validate_json(said)
        except ValidationError:
            return None
