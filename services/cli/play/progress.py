"""What `up` and `demo` share: fetching with progress, steps on stderr, an ordered stop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from services.cli.common.output import stderr
from services.platform.ports import now

if TYPE_CHECKING:
    from services.play.run.words import Say

T = TypeVar("T")


def fetch() -> None:
    """Apache Kafka's jars and a start that is kept; nothing if both are there."""
    from services.play.kafka.brokers import is_kept, keep_one_start
    from services.play.kafka.fetch import fetch_jars, java, missing_bytes

    java()  # says what to install before anything is downloaded
    if missing := missing_bytes():
        _tell(f"downloading Apache Kafka, {missing / 1e6:.0f} MB, for the first time …")
        fetch_jars()
    if not is_kept():
        _tell("first start of Apache Kafka, kept so that the next ones are faster …")
        keep_one_start()


def _tell(text: str) -> None:
    stderr().print(text, style="dim", highlight=False, markup=False, soft_wrap=True)


def teller() -> Say:
    """Says steps of starting and stopping and what befalls a process, on stderr and in the log."""
    import structlog

    log = structlog.get_logger("relais")

    def say(who: str, what: str) -> None:
        # Of the one who reads it, whatever a play's clock says.
        at = datetime.fromtimestamp(now(), UTC).astimezone()
        _tell(f"{at:%H:%M:%S} {who}: {what}")
        log.info(what, of=who)

    return say


def log_to(file: Path) -> None:
    """Send this process's own log lines to a file that its owner alone reads, as JSON."""
    from services.operate.home.keys import private_folder
    from services.platform.process import logs

    private_folder(file.parent)
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    logs.configure("relais", stream=os.fdopen(number, "a", encoding="utf-8"))


def run(main: Callable[[asyncio.Event], Awaitable[T]]) -> T | None:
    """Run until the end or until Ctrl-C or SIGTERM; None if it did not come to its end.

    Raises:
        RelaisError: what `main` raises; the caller tells it.
    """
    from services.platform.process import exit_codes

    results: list[T] = []

    async def keeping_result(stop: asyncio.Event) -> None:
        results.append(await main(stop))

    exit_codes.run(keeping_result)
    return results[0] if results else None
