"""Starting and stopping a service: exit codes, waiting for Kafka with a bound, SIGTERM.

0 good · 1 a check found something · 2 wrong use · 3 Kafka or a service away · 4 fenced
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Final

from contracts.errors import RelaisError

GOOD: Final = 0
FOUND: Final = 1  # a check ran and found something
WRONG_USE: Final = 2
UNREACHABLE: Final = 3
FENCED: Final = 4  # another owner of our shard has started: end at once, write nothing

STOPPING: Final = (signal.SIGTERM, signal.SIGINT)
PAUSE_S: Final = 0.2  # between two looks for Kafka


class UnreachableError(RelaisError):
    """Kafka, another service or a package repository cannot be reached: exit code 3."""


class FencedError(RelaisError):
    """Another process owns our transactional ids now: exit code 4."""


def exit_code(error: RelaisError) -> int:
    """The exit code that `use.md` gives to an error that ends a process."""
    if isinstance(error, UnreachableError):
        return UNREACHABLE
    if isinstance(error, FencedError):
        return FENCED
    return WRONG_USE


async def wait_for_kafka(bootstrap: str, limit_s: float = 60, **client: Any) -> None:
    """Return once a broker answers with metadata.

    Args:
        bootstrap: `host:port`, several separated by commas.
        limit_s: seconds after which to give up.
        client: further options of aiokafka's client (security).

    Raises:
        UnreachableError: `kafka_unreachable`.
    """
    try:
        async with asyncio.timeout(limit_s):
            while not await _answers(bootstrap, client):
                await asyncio.sleep(PAUSE_S)
    except TimeoutError:
        got = f"no answer from {bootstrap} within {limit_s:g} s"
        raise UnreachableError("kafka_unreachable", got, "a broker") from None


async def _answers(bootstrap: str, client_options: Mapping[str, Any]) -> bool:
    from aiokafka.client import AIOKafkaClient
    from aiokafka.errors import KafkaError

    if not await _listens(bootstrap):  # spares an error log for every look
        return False
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=2000, **client_options)
    try:
        await client.bootstrap()
    except (KafkaError, OSError):
        return False
    else:
        return True
    finally:
        await client.close()


async def _listens(bootstrap: str) -> bool:
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        with suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(2):
                _reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
            writer.close()
            return True
    return False


def run(main: Callable[[asyncio.Event], Awaitable[int | None]]) -> int:
    """Run a service to its end and say with which code to exit.

    Args:
        main: gets an event that is set by SIGTERM or SIGINT, and ends soon after it is set. A
            second signal cancels it.
    """
    try:
        return asyncio.run(_until_stopped(main)) or GOOD
    except RelaisError as error:
        import structlog

        structlog.get_logger().critical("ended", code=error.code, error=error.describe())
        return exit_code(error)
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
    """Let SIGTERM end a synchronous command like Ctrl-C, so that its `finally` blocks run."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        sys.exit(GOOD)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
