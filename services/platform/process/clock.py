"""The one clock of a service, read at the edge and recorded; `contracts` gets its time as input.

`SystemClock` is the machine's. `FileClock` adds an offset that lies in a file, so that a whole
federation can be moved through 74 days in seconds; only `relais up` and `relais demo` accept it.
Kafka's own timestamps stay real. Time never goes back.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

from contracts.errors import UsageError
from services.platform.ports import now_ms


class Clock(Protocol):
    """What a service asks for the time."""

    def now(self) -> int:
        """Seconds since 1970, UTC."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Seconds since 1970, UTC."""
        return self.now_ms() // 1000

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return now_ms()


class FileClock:
    """The machine's clock plus the offset in `path`; a missing file is no offset.

    The file is looked at on every reading (one `stat`, microseconds), so a move is seen at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None
        self._offset_ms = 0
        self._last_ms = 0

    def now(self) -> int:
        """Seconds since 1970, UTC, as moved."""
        return self.now_ms() // 1000

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC, as moved; never less than at the last reading."""
        now = now_ms() + self._offset()
        self._last_ms = max(self._last_ms, now)
        return self._last_ms

    def _offset(self) -> int:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return self._offset_ms
        seen = (stat.st_mtime_ns, stat.st_ino)  # a new file takes the place of the old one
        if seen != self._seen:
            self._offset_ms, self._seen = read_offset(self.path), seen
        return self._offset_ms


def home_clock(home: Path) -> Clock:
    """The clock of a home's services: moved, where somebody has moved it."""
    return FileClock(home / "clock")


def read_offset(path: Path) -> int:
    """The offset in milliseconds that `path` holds; 0 if there is no file.

    Raises:
        UsageError: `clock_file_wrong`.
    """
    try:
        text = path.read_text(encoding="ascii")
        return int(text)
    except FileNotFoundError:
        return 0
    except ValueError:
        raise UsageError("clock_file_wrong", "another text", "milliseconds", str(path)) from None


def set_to(path: Path, at: int) -> int:
    """Move the clock of `path` forward to `at` seconds since 1970 (the first time, also back).

    Raises:
        UsageError: `clock_backwards` if the clock of an existing file is past `at`.
    """
    real_ms = now_ms()
    if path.exists() and real_ms + read_offset(path) > at * 1000 + 999:
        raise UsageError("clock_backwards", "an earlier time", "a later one", str(path))
    _write(path, at * 1000 - real_ms)
    return at


def _write(path: Path, offset_ms: int) -> None:
    """Replace the file in one step: a reader sees the old offset or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix=".clock", delete=False) as file:
        file.write(f"{offset_ms}\n")
        os.fchmod(file.fileno(), 0o644)  # no secret: services of other users read it (containers)
    os.replace(file.name, path)  # noqa: PTH105 (atomic; the temporary name is a string)
