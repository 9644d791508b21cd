"""The disk that a replay lays things aside on while it lasts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import gettempdir
from typing import Final

from contracts.decision.state.shelves import LostRowError
from contracts.errors import RelaisError, UsageError
from services.platform.process.os_errors import why

DISK: Final = (OSError, LostRowError, sqlite3.Error)  # what a disk raises


class ScratchLostError(UsageError):
    """The disk takes no more, or gives back something else: `scratch_lost`."""


@contextmanager
def on_disk() -> Iterator[None]:
    """Tell what a disk raises as `ScratchLostError`."""
    try:
        yield
    except DISK as error:
        raise scratch_lost(error) from error


def scratch_lost(error: Exception) -> RelaisError:
    """What a disk's error ends a replay with; where it was control that was not read, that."""
    if isinstance(error.__cause__, RelaisError):
        return error.__cause__
    got = why(error) if isinstance(error, OSError) else type(error).__name__
    expected = "a temporary folder with room for what is laid aside"
    return ScratchLostError("scratch_lost", got, expected, gettempdir())
