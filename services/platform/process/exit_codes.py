"""How a process ends: exit codes, the errors that carry them, SIGTERM.

0 good · 1 a check found something, or a fault of ours · 2 wrong use · 3 Kafka, a service or a
signer away · 4 fenced · 5 the log is damaged · 6 another layout is in force
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from contracts.decision.state.shelves import LostRowError
from contracts.errors import LogError, RelaisError, SignerError
from services.platform.process.progress import be_rare

GOOD: Final = 0
FOUND: Final = 1  # a check ran and found something
FAILED: Final = 1  # a fault of ours ended a service
WRONG_USE: Final = 2
UNREACHABLE: Final = 3
FENCED: Final = 4  # another owner of our shard has started: end at once, write nothing
LOG_DAMAGED: Final = 5  # the log is not what routers wrote: people say how to go on, not a restart
REPLACED: Final = 6  # a signed order gave our partitions to another layout: ends as planned

STOPPING: Final = (signal.SIGTERM, signal.SIGINT)


class UnreachableError(RelaisError):
    """Kafka, another service or a package repository cannot be reached: exit code 3."""


class TransactionAbortedError(RelaisError):
    """Nothing was committed, and the same work may be done again: no process ends by it."""


class FencedError(RelaisError):
    """Another process owns our transactional ids now: exit code 4."""


class ReplacedError(RelaisError):
    """Another layout is in force than the one that this process serves: exit code 6."""


class DamagedLogError(LogError):
    """A realm's log holds what no router wrote, or lacks what one did: exit code 5.

    `place` names topic, partition, offset and instant of the record at which it was seen.
    """


def unreadable(error: LostRowError) -> RelaisError:
    """What ends a process that cannot read its store, or control once more: Kafka may be away."""
    cause = error.__cause__
    if isinstance(cause, RelaisError):
        return cause
    return UnreachableError("store_unreadable", str(error))


def exit_code(error: RelaisError) -> int:
    """The exit code of an error that ends a process."""
    if isinstance(error, UnreachableError | SignerError):
        return UNREACHABLE
    if isinstance(error, FencedError):
        return FENCED
    if isinstance(error, ReplacedError):
        return REPLACED
    if isinstance(error, DamagedLogError):
        return LOG_DAMAGED
    return WRONG_USE


def check_not_cancelled(work: asyncio.Task[Any]) -> None:
    """Before we cancel a service's work ourselves: that nothing below has done so.

    aiokafka cancels what it waits for when it closes; taken for our own wish, it would end the
    service with code 0.

    Raises:
        UnreachableError: `kafka_unreachable`.
    """
    if work.cancelled():
        raise UnreachableError("kafka_unreachable", "a wait that was cancelled", "an answer")


def run(main: Callable[[asyncio.Event], Awaitable[int | None]]) -> int:
    """Run a service to its end and say with which code to exit.

    Args:
        main: gets an event that is set by SIGTERM or SIGINT, and ends soon after it is set. A
            second signal cancels it.

    Raises:
        Exception: what `main` raises.
    """
    be_rare()
    try:
        return asyncio.run(_until_stopped(main)) or GOOD
    except (asyncio.CancelledError, KeyboardInterrupt):
        return GOOD


async def _until_stopped(main: Callable[[asyncio.Event], Awaitable[int | None]]) -> int | None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    task = asyncio.current_task()

    def asked() -> None:
        if stop.is_set() and task:
            task.cancel()
        stop.set()

    for number in STOPPING:
        loop.add_signal_handler(number, asked)
    try:
        return await main(stop)
    finally:
        for number in STOPPING:
            loop.remove_signal_handler(number)


@contextmanager
def sigterm_raises() -> Iterator[None]:
    """Let SIGTERM end a synchronous command like Ctrl-C, so that its `finally` blocks run.

    It ends with 143, as without this: what was stopped has not found anything good.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
