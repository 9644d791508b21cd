"""The two clients: one blocks, one is awaited; all else they share (`exchange.py`)."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any, Final, Self, cast

import httpx

from relais.client.calls import Answer, ServiceCall
from relais.client.exchange import Exchange, read

TIMEOUT_S: Final = 40.0  # longer than a long poll


def exchanged(http: httpx.Client, exchange: Exchange) -> httpx.Response:
    """Ask until there is an answer.

    Raises:
        UnansweredError: there is none.
    """
    while True:
        try:
            answer = http.request(**exchange.request())
            wait = exchange.answered(answer)
        except httpx.HTTPError as error:
            wait = exchange.failed(error)
        else:
            if wait is None:
                return answer
        time.sleep(wait)


class Client:
    """Speaks for one desk.

    Args:
        url: address of the agency's service, without a path.
        token: the desk's bearer token.
        within_s: seconds for which nothing may come of an answer; more than an inbox is asked to wait.
        options: of the `Exchange` of each call: `tries`, `pause_s`, `told`.
        transport: of httpx, for tests.
    """

    def __init__(
        self, url: str, token: str, *, within_s: float = TIMEOUT_S,
        transport: httpx.BaseTransport | None = None, **options: Any,
    ) -> None:  # fmt: skip
        self._http = httpx.Client(**_made(url, token, within_s), transport=transport)
        self._options = options

    def ask(self, call: ServiceCall[Answer]) -> Answer:
        """The answer to a call.

        Raises:
            CallRefusedError, UnansweredError: there is none of success.
        """
        return cast("Answer", read(exchanged(self._http, Exchange(call, **self._options))))

    def __enter__(self) -> Self:
        """With its connections."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        """Close them."""
        self._http.close()


class AsyncClient:
    """As `Client`, for asyncio."""

    def __init__(
        self, url: str, token: str, *, within_s: float = TIMEOUT_S,
        transport: httpx.AsyncBaseTransport | None = None, **options: Any,
    ) -> None:  # fmt: skip
        self._http = httpx.AsyncClient(**_made(url, token, within_s), transport=transport)
        self._options = options

    async def ask(self, call: ServiceCall[Answer]) -> Answer:
        """The answer to a call; errors as `Client` has them."""
        exchange = Exchange(call, **self._options)
        while True:
            try:
                answer = await self._http.request(**exchange.request())
                wait = exchange.answered(answer)
            except httpx.HTTPError as error:
                wait = exchange.failed(error)
            else:
                if wait is None:
                    return cast("Answer", read(answer))
            await asyncio.sleep(wait)

    async def __aenter__(self) -> Self:
        """With its connections."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        """Close them."""
        await self._http.aclose()


def _made(url: str, token: str, within_s: float) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    return {"base_url": url, "headers": headers, "timeout": within_s, "trust_env": False}
