"""What `relais up` and `relais demo` say of processes while they run: who started, ended, hangs."""

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
STARTED_AGAIN: Final = "started again"
ANSWERS_AGAIN: Final = "answers again"

_MEANINGS: Final = {
    UNREACHABLE: "Kafka away, or a new start was due",
    WRONG_USE: "wrong use",
    FENCED: "fenced by another owner",
    REPLACED: "as ordered: another layout is in force",
    LOG_DAMAGED: "damaged log: docs/how-to/log-alarms.md",
}


_WARNINGS: Final = {
    "second_writer": (
        "another program writes to its outbox with the key of a desk: docs/how-to/log-alarms.md"
    ),
    "certificate_expires": "its certificate is about to expire",
    "inbox_unreadable": "something in an inbox does not verify",
    "not_forgotten": "Kafka still has something of what an order erases in its topics",
    "record_passed_over": (
        "it could not read a record and passed over it: its log says where that lies"
    ),
    **dict.fromkeys(
        ("checkpoint_unwitnessed_civil", "checkpoint_unwitnessed_criminal"),
        "too few institutions have attested the log’s last checkpoint, and nobody accepts a "
        "proof made now; its file in `logs/` names those that are missing",
    ),
    **dict.fromkeys(
        ("record_not_in_log_civil", "record_not_in_log_criminal"),
        "something was delivered to it that the published log does not show",
    ),
    **dict.fromkeys(
        ("mirror_contradicted_civil", "mirror_contradicted_criminal"),
        "the published log contradicts its own copy",
    ),
    **dict.fromkeys(
        ("log_not_followed_civil", "log_not_followed_criminal"),
        "it finds no published log that it can believe",
    ),
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


def silent(pid: int, seconds: float) -> str:
    """A process that lives and does not answer."""
    return f"hangs: process {pid} has not answered for {round(seconds)} s"


def warns(code: str) -> str:
    """A service's own warning, as `/ready` has it; in words if no auditor's finding."""
    if code in _WARNINGS:
        return f"warns: {_WARNINGS[code]} ({code})"
    return f"warns: {code}"
