"""What the audit service tells the console, asked by the secret that both have: bounded in time and size."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import httpx

from contracts.encoding import json_object
from contracts.vocabulary import principals
from services.operate.status.ask import ANSWER_S, bounded_page
from services.operate.status.state import FederationState
from services.platform.http.shared_secret import bearer

AUDIT: Final = (
    "audit"  # of both realms; by its name: what a service says that it is opens no secret
)


class AuditClient:
    """Asks the audit services of a federation: one, or one a realm.

    Args:
        secrets: realm -> what opens its projection; nobody is asked of another.
        transport: by which they are asked; None: by network.
    """

    def __init__(
        self, secrets: Mapping[str, bytes], transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._secrets = secrets
        self._transport = transport

    async def get(
        self, state: FederationState, realm: str, path: str, **query: str
    ) -> Mapping[str, Any]:
        """What is told of a realm; empty if nobody tells it in time and readably.

        Args:
            state: of the last look: where audit services are.
            path: below `/projection/<realm>/`.
        """
        if realm not in self._secrets:
            return {}
        names = (principals.audit(realm), AUDIT)
        urls = [service.url for service in state.services if service.name in names]
        async with httpx.AsyncClient(
            timeout=ANSWER_S, trust_env=False, headers=bearer(self._secrets[realm]), params=query,
            transport=self._transport,
        ) as client:  # fmt: skip
            asked = (_get(client, f"{url}/projection/{realm}/{path}") for url in urls)
            answers = await asyncio.gather(*asked)
        return next((answer for answer in answers if answer), {})


async def _get(client: httpx.AsyncClient, url: str) -> Mapping[str, Any]:
    try:
        async with asyncio.timeout(ANSWER_S):
            return json_object(await bounded_page(client, url))
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, ValueError):
        return {}
