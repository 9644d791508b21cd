"""A file that is written whole, or stays as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """Write a file, readable by its owner alone; one that was there is replaced whole, or stays.

    Raises:
        OSError: it cannot be written.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        new.unlink(missing_ok=True)  # not what a link of another's leads to
        with os.fdopen(os.open(new, _CREATE, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # else a crash could leave the new name without its content
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
