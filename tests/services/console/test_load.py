"""Slow forms, many at once: whoever does not send one is refused, the others are served."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest

from services.platform.browser import answers
from services.platform.browser.sessions import TRIES
from tests.patience import PATIENCE
from tests.services.console.kit import OpenConsole, sign_in

pytestmark = pytest.mark.slow


async def test_a_form_that_does_not_end_is_refused(
    console: OpenConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred of them, after some seconds; meanwhile others are served."""
    half = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\naccount="
    async with (
        console.served() as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as other,
    ):
        await sign_in(other, "operator")
        monkeypatch.setattr(answers, "FORM_S", 1.0)  # of her own form no longer
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        for _, writer in slow:
            writer.write(half)
        assert (await other.get("/")).status_code == httpx.codes.OK
        codes = Counter([int((await reader.readline()).split()[1]) for reader, _ in slow])
        for _, writer in slow:
            writer.close()

    assert codes == {403: TRIES, 429: 200 - TRIES}  # each is a wrong try of the account ""
