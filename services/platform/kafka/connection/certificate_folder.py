"""Where a folder keeps each principal's certificate: `ca.pem`, `<principal>.pem`, `<principal>.key`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from contracts.errors import UsageError
from services.platform.kafka.connection.connection import Tls

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")  # a file name and a CN, never a path


def files_of(folder: Path, principal: str) -> Tls:
    """Where a principal's files lie, whether they exist or not.

    Raises:
        UsageError: `principal_malformed`.
    """
    if not _NAME.match(principal) or principal == "ca":
        expected = "lower case letters, digits, _ and -"
        raise UsageError("principal_malformed", "another form", expected)
    return Tls(folder / "ca.pem", folder / f"{principal}.pem", folder / f"{principal}.key")


def tls_of(folder: Path, principal: str) -> Tls:
    """A principal's files, which exist.

    Raises:
        UsageError: `principal_malformed`, `certificate_missing`.
    """
    files = files_of(folder, principal)
    for path in (files.ca, files.cert, files.key):
        if not path.exists():
            expected = f"`relais keys tls {principal}`"
            raise UsageError("certificate_missing", "none", expected, str(path))
    return files
