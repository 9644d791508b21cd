"""Loops of a service end when they are told to."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from services.platform.process import side_by_side
from tests.patience import PATIENCE


async def deaf(heard: list[int], times: int) -> None:
    """Goes on after so many cancellations, as a client that takes one for a late answer."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            heard.append(1)
            if len(heard) > times:
                raise


async def test_a_loop_that_swallows_a_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A service that was told to stop does not stay."""
    monkeypatch.setattr(side_by_side, "AGAIN_S", 0.02)
    heard: list[int] = []
    task = asyncio.create_task(deaf(heard, 1))
    await asyncio.sleep(0)

    async with asyncio.timeout(PATIENCE):
        await side_by_side.ended(task)

    assert task.cancelled()


async def test_the_others_end_with_the_first_and_its_fault_is_raised() -> None:
    """None is left behind."""
    heard: list[int] = []

    async def failing() -> None:
        await asyncio.sleep(0)
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await side_by_side.until_one_ends(deaf(heard, 0), failing())

    assert heard == [1]


async def test_whoever_waits_can_be_cancelled_and_takes_the_loops_with_him() -> None:
    """A second signal reaches the loops too."""
    heard: list[int] = []
    waiting = asyncio.create_task(side_by_side.until_one_ends(deaf(heard, 0)))
    await asyncio.sleep(0.01)

    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting

    assert heard == [1]
