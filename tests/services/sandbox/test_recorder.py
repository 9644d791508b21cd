"""What a sandbox notes of a request, for the kit that judges by it."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest
from starlette.types import Message, Receive, Scope, Send

from services.sandbox.recorder import SandboxRecorder

SLOW_S: Final = 0.3
ASKED: Final = {"type": "http", "method": "POST", "path": "/v1/referrals", "query_string": b"", "headers": []}  # fmt: skip

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """As the sandbox runs."""
    return "asyncio"


async def test_a_wait_is_counted_from_the_answers_head_and_not_from_its_end() -> None:
    """On a busy machine a client that waits as long as it was told would else seem to come too soon."""
    recorder = SandboxRecorder()

    async def busy(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        head = {"type": "http.response.start", "status": 503, "headers": [(b"retry-after", b"1")]}
        await send(head)
        await asyncio.sleep(SLOW_S)
        await send({"type": "http.response.body", "body": b""})

    async def asked() -> Message:
        return {"type": "http.request", "body": b""}

    async def given(message: Message) -> None:
        del message

    await recorder.around(busy)(dict(ASKED), asked, given)

    (line,) = recorder.lines
    assert line["retry_after"] == 1
    assert line["until"] - line["at"] < SLOW_S
