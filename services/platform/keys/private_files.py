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
from services.texts import Catalogue

_ = Catalogue(__name__)

SECRET_BYTES: Final = 32
ROOT: Final = 0
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_private(path: Path) -> bytes:
    """The content of a file that must be its owner's alone.

    Raises:
        UsageError: `key_file_missing`, `key_file_too_open`.
    """
    try:
        status = path.stat()
        data = path.read_bytes()
    except OSError as error:
        raise UsageError("key_file_missing", why(error), _("a file"), str(path)) from None
    by_group = stat.S_IRGRP if status.st_uid == ROOT != os.geteuid() else 0
    if status.st_mode & _OTHERS & ~by_group:
        mode = _("mode {mode}")
        got, expected = mode.of(mode=f"{stat.S_IMODE(status.st_mode):04o}"), mode.of(mode="0600")
        raise UsageError("key_file_too_open", got, expected, str(path))
    return data


def read_secret(path: Path) -> bytes:
    """32 secret bytes.

    Raises:
        UsageError: `secret_malformed`, those of `read_private`.
    """
    data = read_private(path)
    if len(data) != SECRET_BYTES:
        got, expected = _("{n} bytes").of(n=len(data)), str(SECRET_BYTES)
        raise UsageError("secret_malformed", got, expected, str(path))
    return data
