"""Who reads a log, with which command and what for: a line before each reading (log §9.2).

Lines are JSON in `audit/readings.jsonl` of the home, its owner's alone. What is sought stands in
them by its SHA-256. A reading whose line cannot be written is not made.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import orjson

from contracts.encoding import b64u, sha256
from services.platform.process.durable_file import sync_folder, unwritable

PURPOSES: Final = ("supervision", "data_subject", "complaint", "court", "incident", "erasure")
_APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW


def readings_file(home: Path) -> Path:
    """The file of readings of a home."""
    return home / "audit" / "readings.jsonl"


def write_reading(
    home: Path, at: int, command: str, realms: Iterable[str], purpose: str, sought: str = ""
) -> None:
    """Append the line of a reading; it is on the disk when this returns.

    Args:
        at: the federation's time, seconds.
        sought: an event's id, a case's token or a record's digest; empty: the whole log.

    Raises:
        UsageError: `reading_unwritable`.
    """
    line = {
        "at": at, "by": _account(), "command": command, "realms": [*realms], "purpose": purpose,
        "about": b64u(sha256(sought.encode())) if sought else None,
    }  # fmt: skip
    path = readings_file(home)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, _APPEND, 0o600), "ab") as file:
            file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
        sync_folder(home)
    except OSError as error:
        raise unwritable(path, "reading_unwritable", error) from None


def count_readings(home: Path) -> int:
    """How many readings a home's file has; 0 where none was made."""
    try:
        return readings_file(home).read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def _account() -> str:
    """The system's account that reads, not as the environment names it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user has a number alone
        return str(os.getuid())
