"""Loops of a service side by side until one ends, and questions with a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Any, Final, TypeVar

from services.platform.ports import monotonic

AGAIN_S: Final = 15.0  # before a task is cancelled once more; longer than any that ends in order


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until all have ended, however: nothing of theirs is raised.

    A client of Kafka can take a cancellation for an answer that came late, and whoever asked it
    goes
    on: such a task is cancelled again, for a service that was told to stop must not stay.
    """
    while not all(task.done() for task in tasks):
        for task in tasks:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_S):
                await asyncio.gather(*tasks, return_exceptions=True)


async def until_one_ends(*loops: Coroutine[Any, Any, object]) -> None:
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


T = TypeVar("T")

TIMES: Final = 2  # that one is asked before it is called silent
TURNS: Final = 10  # in which a limit is waited for
LATE: Final = 0.5  # of the limit: who was late by so much says nothing about anybody else


class NoAnswer(StrEnum):
    """Why there is none: `SILENT`, or `LATE`: we could not have heard it."""

    SILENT = "silent"
    LATE = "late"


async def answer_within(limit_s: float, asked: Awaitable[T]) -> T | NoAnswer:
    """What is answered within the limit, else why there is nothing.

    The limit is waited for in turns of the event loop: while this process does not get on, it does
    not run out.
    """
    task, began = asyncio.ensure_future(asked), monotonic()
    try:
        for _ in range(TURNS):
            if (await asyncio.wait([task], timeout=limit_s / TURNS))[0]:
                return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    late_s = monotonic() - began - limit_s
    return NoAnswer.LATE if late_s > LATE * limit_s else NoAnswer.SILENT


async def asked_again(limit_s: float, ask: Callable[[], Awaitable[T]]) -> T | NoAnswer:
    """As `answer_within`; who does not answer is asked once more."""
    answer: T | NoAnswer = NoAnswer.SILENT
    for _ in range(TIMES):
        answer = await answer_within(limit_s, ask())
        if not isinstance(answer, NoAnswer):
            break
    return answer
