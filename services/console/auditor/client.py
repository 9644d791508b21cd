"""What audit services tell the console, asked by the secret that both have: bounded in time and size."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import httpx

from contracts.vocabulary.scopes import REALMS
from services.operate.status.ask import ANSWER_S, auditor_of, bounded_page
from services.platform.http.bearer import bearer


class AuditClient:
    """Asks the audit services of a federation: one, or one a realm.

    Args:
        services: name in the home -> address, as they are now; what a service says that it is opens no secret.
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

    def realms(self) -> tuple[str, ...]:
        """Those that there is somebody to ask of."""
        services = self._services()
        return tuple(
            realm for realm in REALMS if realm in self._secrets and auditor_of(services, realm)
        )

    async def ask(
        self, realm: str, path: str, question: bytes | None = None, **query: str
    ) -> bytes:
        """What is told of a realm; empty if nobody tells it in time.

        Args:
            path: below `/projection/<realm>/`.
            question: to be posted; None: it is fetched.
        """
        auditor = auditor_of(self._services(), realm)
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
