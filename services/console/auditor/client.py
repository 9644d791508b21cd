"""What audit services tell the console, asked by the secret that both have: bounded in time and size."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

import httpx
import orjson
from pydantic import ValidationError

from contracts.errors import UsageError
from contracts.vocabulary.scopes import REALMS
from services.console.auditor.answer import ProjectionAnswer
from services.console.roles import Role
from services.operate.status.ask import ANSWER_S, auditor_of, bounded_page
from services.platform.http.bearer import bearer


class AuditClient:
    """Asks the audit services of a federation: one, or one a realm.

    Args:
        services: name in the home -> address, as they are now, or `UsageError` while the file that lists them cannot be
            read: then they are where they were. What a service says that it is opens no secret.
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

    def realms(self) -> tuple[str, ...]:
        """Those that there is somebody to ask of."""
        return tuple(realm for realm in REALMS if realm in self._secrets and self._auditor(realm))

    async def event(self, role: Role, event: str) -> Mapping[str, ProjectionAnswer | None]:
        """Of each realm what its auditor says of an event; every one is asked, whoever has it.

        None: no answer, or one of another form. Nothing of it is kept.
        """
        question, realms = orjson.dumps({"role": role, "event": event}), self.realms()
        said = await asyncio.gather(*(self.ask(realm, "event", question) for realm in realms))
        return {realm: _read(answer) for realm, answer in zip(realms, said, strict=True)}

    async def ask(
        self, realm: str, path: str, question: bytes | None = None, **query: str
    ) -> bytes:
        """What is told of a realm; empty if nobody tells it in time.

        Args:
            path: below `/projection/<realm>/`.
            question: to be posted; None: it is fetched.
        """
        auditor = self._auditor(realm)
        if realm not in self._secrets or not auditor:
            return b""
        url = f"{auditor}/projection/{realm}/{path}"
        try:
            async with (
                asyncio.timeout(ANSWER_S),
                httpx.AsyncClient(
                    timeout=ANSWER_S, trust_env=False, params=query, transport=self._transport
                ) as client,
            ):
                return await bounded_page(client, url, question, bearer(self._secrets[realm]))
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, ValueError):
            return b""

    def _auditor(self, realm: str) -> str:
        """Its address; empty if there is none."""
        with suppress(UsageError):  # a file that is being replaced
            self._listed = self._services()
        return auditor_of(self._listed, realm)


def _read(said: bytes) -> ProjectionAnswer | None:
    try:
        return ProjectionAnswer.model_validate_json(said)
    except ValidationError:
        return None
