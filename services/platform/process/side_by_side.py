"""Loops of a service that run side by side until one ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

AGAIN_S: Final = 15.0  # before a task is cancelled once more; longer than any that ends in order


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until all have ended, however: nothing of theirs is raised.

    A client of Kafka can take a cancellation for an answer that came late, and whoever asked it goes
    on: such a task is cancelled again, for a service that was told to stop must not stay.
    """
    while not all(task.done() for task in tasks):
        for task in tasks:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_S):
                await asyncio.gather(*tasks, return_exceptions=True)


async def until_one_ends(*loops: Coroutine[Any, Any, None]) -> None:
    """Run loops until one ends; the others are cancelled and waited for.

    Raises:
        Exception: what the one that ended raised.
    """
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await ended(*tasks)


@asynccontextmanager
async def beside(loop: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """Run a loop while the block lasts.

    Raises:
        Exception: at the block's end, what ended the loop before.
    """
    task = asyncio.create_task(loop, name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
