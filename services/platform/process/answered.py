"""A question that is waited for within a limit, by a process that may itself get too little of the machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from time import monotonic
from typing import Final, TypeVar

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

    The limit is waited for in turns of the event loop: while this process does not get on, it does not run out.
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
