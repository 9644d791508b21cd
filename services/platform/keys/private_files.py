"""Private files: readable by their owner alone, or refused.

A file of root's that our group may read is not refused: so Kubernetes mounts a Secret.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from contracts.errors import UsageError
from services.platform.process.os_errors import why

SECRET_BYTES: Final = 32
MOST_BYTES: Final = 8 << 20  # of a private file: none of ours comes near
ROOT: Final = 0
TOO_OPEN: Final = "key_file_too_open"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_private(path: Path) -> bytes:
    """The content of a file that must be its owner's alone.

    Raises:
        UsageError: `key_file_missing`, `key_file_too_open`, `key_file_too_long`.
    """
    try:
        status = path.stat()
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError("key_file_missing", why(error), "a file", str(path)) from None
    by_group = stat.S_IRGRP if status.st_uid == ROOT != os.geteuid() else 0
    if status.st_mode & _OTHERS & ~by_group:
        got = f"mode {stat.S_IMODE(status.st_mode):04o}"
        raise UsageError(TOO_OPEN, got, "mode 0600", str(path))
    if len(data) > MOST_BYTES:
        got = f"more than {MOST_BYTES} bytes"
        raise UsageError("key_file_too_long", got, "a shorter file", str(path))
    return data


def read_secret(path: Path) -> bytes:
    """32 secret bytes.

    Raises:
        UsageError: `secret_malformed`, those of `read_private`.
    """
    data = read_private(path)
    if len(data) != SECRET_BYTES:
        got, expected = f"{len(data)} bytes", str(SECRET_BYTES)
        raise UsageError("secret_malformed", got, expected, str(path))
    return data
