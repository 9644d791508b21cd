"""What the console believes of what it saw: nothing, where it could not even hear itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from services.console.watch import ConsoleWatch
from services.operate.status.ask import Answer
from services.operate.status.state import FederationState
from tests.services.operate.status.pages import answer, calm

pytestmark = pytest.mark.anyio

POLICE = Answer("police", "http://127.0.0.1:2", None, why="silent")


@pytest.mark.parametrize(
    ("own", "alerts"),
    [
        (answer("console"), ["police"]),
        (Answer("console", "http://127.0.0.1:3", None, why="silent"), []),
    ],
)
async def test_a_look_by_a_console_that_did_not_hear_itself_raises_no_alarm(
    own: Answer, alerts: list[str]
) -> None:
    """A busy machine must not show a federation as down that runs."""
    looks = [calm(POLICE, own)]

    async def look() -> FederationState:
        return looks.pop()

    watch = ConsoleWatch(look)
    looking = asyncio.create_task(watch.forever())
    async with watch.changed:
        await watch.changed.wait()
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking

    assert [seen.alert.who for seen in watch.seen] == alerts
    assert (watch.state is None) is (not alerts)
