"""Why the operating system refused, in words: its own are English, and those of a programmer."""

from __future__ import annotations

from typing import Final

_WHY: Final = {
    FileNotFoundError: "nothing there",
    PermissionError: "no permission",
    IsADirectoryError: "a folder",
    NotADirectoryError: "a file where a folder should be",
}


def why(error: OSError) -> str:
    """The reason, of the kinds that a person meets; of any other what the system calls it."""
    return _WHY.get(type(error), error.strerror or "")


def store_fault(error: Exception) -> str:
    """What a store failed of: SQLite's own name for it (`SQLITE_FULL`), or the system's reason."""
    said = why(error) if isinstance(error, OSError) else type(error).__name__
    return getattr(error, "sqlite_errorname", said)
