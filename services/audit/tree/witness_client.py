"""The witnesses over HTTP: whatever comes back, or does not, is an answer of so many bytes at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx

from services.audit.tree.cosigning import NO_ANSWER, WAIT_S

MAX_ANSWER_BYTES: Final = 16_384


class WitnessClient:
    """Asks witnesses, over connections that are kept.

    Args:
        addresses: witness → where it takes requests, such as `http://education:8080/witness`.
    """

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = {name: url.rstrip("/") for name, url in addresses.items()}
        self._client = httpx.AsyncClient(timeout=WAIT_S, trust_env=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def post(self, name: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of what a witness answers; (0, nothing) if it does not, or has no address."""
        if (address := self._addresses.get(name)) is None:
            return NO_ANSWER, b""
        answer = bytearray()
        try:
            async with self._client.stream(
                "POST", f"{address}/add-checkpoint", content=body
            ) as response:
                async for chunk in response.aiter_raw():
                    answer += chunk
                    if len(answer) > MAX_ANSWER_BYTES:
                        return NO_ANSWER, b""
        except (httpx.HTTPError, httpx.InvalidURL):
            return NO_ANSWER, b""
        return response.status_code, bytes(answer)
