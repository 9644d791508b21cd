"""Files that are whole or as they were before, whenever the process or the machine stops."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from contracts.errors import UsageError
from services.platform.ports import ports
from services.platform.process.os_errors import why


def write_durably(path: Path, data: bytes) -> None:
    """Put a file in a place, or in another one's, its owner's alone; on the disk when this returns.

    Raises:
        OSError: it cannot be written; what was there is there still.
    """
    with replaced(path) as file:
        file.write(data)
    sync_folder(path.parent)  # else it could bring the old content back


def replace_file(path: Path, data: bytes) -> None:
    """Write a file in one step: whoever reads it has the old one or the new one.

    It may be lost where the machine stops: it can be made anew.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)


def make_folder_durably(path: Path) -> None:
    """Make a folder that only its owner enters, and those above; on disk on return.

    Raises:
        OSError: it cannot be made.
    """
    if not path.exists():
        make_folder_durably(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Bring a folder's names to the disk."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    ports().synced(path)


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
        ports().synced(new)
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise


@contextmanager
def opened_first(path: Path, code: str) -> Iterator[BinaryIO]:
    """As `replaced`: that it cannot be written is told before the work of the block begins.

    Raises:
        UsageError: `code`.
    """
    with ExitStack() as stack:
        try:
            if path.is_dir():
                raise IsADirectoryError
            file = stack.enter_context(replaced(path))
        except OSError as error:
            raise unwritable(path, code, error) from None
        yield file
        try:
            stack.close()
        except OSError as error:
            raise unwritable(path, code, error) from None


def unwritable(path: Path, code: str, error: OSError) -> UsageError:
    """What to raise where a file cannot be written."""
    return UsageError(code, why(error), "a file that can be written", str(path))
