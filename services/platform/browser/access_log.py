"""Who looked at what, when, from where: a JSON line a look, written before the answer.

It cannot be switched off: without its file no page is answered. It names accounts and pages, and
never a case: an event that was looked up stands in it by its hash.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson

from contracts.encoding import rfc3339
from services.platform.ports import now
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.os_errors import why


class AccessLog:
    """The file of one console, opened for appending."""

    def __init__(self, file: Path) -> None:
        """Open it.

        Raises:
            UnreachableError: `accesses_unwritable`; a new start may find it mended.
        """
        self._file = file
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            wanted, place = "a file to append to", str(file)
            raise UnreachableError("accesses_unwritable", why(error), wanted, place) from None

    def note(self, what: str, account: str, role: str, origin: str, **more: Any) -> None:
        """Append a line.

        Args:
            what: `signed_in`, `refused`, `signed_out`, `looked`, `looked_up`; `acted`,
                for a desk that the account's own follows.
            origin: address from which it was asked.

        Raises:
            OSError: it cannot be written, or is not where it was.
        """
        if not os.path.samestat(os.fstat(self._number), self._file.stat()):
            raise FileNotFoundError(f"{self._file.name} was moved: start the service again")
        row = {"at": rfc3339(now()), "what": what, "account": account, "role": role}
        line = orjson.dumps({**row, "from": origin, **more}) + b"\n"
        if os.write(self._number, line) < len(line):
            raise OSError(f"{self._file.name} took part of a line: its disk is full")

    def close(self) -> None:
        """Close the file."""
        os.close(self._number)
