"""What `relais up` and `relais demo` say of processes while they run: who started, who ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from services.platform.process.exit_codes import (
    FENCED,
    LOG_DAMAGED,
    REPLACED,
    UNREACHABLE,
    WRONG_USE,
)

Say = Callable[[str, str], None]  # program, what happened

STARTING: Final = "starting"
APPLYING: Final = "topics, rights and first orders"
READY: Final = "ready"
STOPPING: Final = "stopping"
STOPPED: Final = "stopped"
STARTED_AGAIN: Final = "started again, process {pid}"

_MEANINGS: Final = {
    UNREACHABLE: "Kafka away, the disk full, or a new start was due",
    WRONG_USE: "a setting or a key file is wrong",
    FENCED: "fenced by another owner",
    REPLACED: "as ordered: another layout is in force",
    LOG_DAMAGED: "damaged log: docs/how-to/log-alarms.md",
}


def ended(code: int, pause_s: float | None) -> str:
    """A program that ended by itself.

    Args:
        code: as `asyncio` gives it: a signal's number is negative.
        pause_s: seconds before it is started again; None: it is not.
    """
    if pause_s is None:
        return f"ended with {why(code)}, and is not started again"
    pause = max(1, round(pause_s))
    return f"ended with {why(code)}; starts again in {pause} s"


def why(code: int) -> str:
    """What an exit code says."""
    if code < 0:
        return f"signal {-code}"
    if code in _MEANINGS:
        return f"exit code {code} ({_MEANINGS[code]})"
    return f"exit code {code}"
