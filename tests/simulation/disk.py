"""A service's disk: locks that go with a life, and what is left after a power failure."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from tests.simulation.incarnation import LIFE, Life

_FLOCK: Final = fcntl.flock


class Disk:
    """What of a folder has reached the disk: bytes by inode, names by folder.

    Attributes:
        lives: that write to it, of which one may be taken for dead.
    """

    def __init__(self, folder: Path) -> None:
        self.lives: list[Life] = []
        self._folder = folder
        self._bytes: dict[int, bytes] = {}
        self._names: dict[Path, dict[str, int]] = {}

    def synced(self, path: Path) -> None:
        """Take note that a file's bytes, or a folder's names, were brought to the disk."""
        if not path.is_relative_to(self._folder):
            return
        if path.is_dir():
            self._names[path] = {one.name: _inode(one) for one in path.iterdir() if one.is_file()}
            return
        self._bytes[_inode(path)] = path.read_bytes()
        self._names.setdefault(path.parent, {})[path.name] = _inode(path)

    def fail(self) -> None:
        """Lose the power: all lives end, and every file is what it was when last synced."""
        for life in self.lives:
            life.die("power")
        for path in self._folder.rglob("*"):
            if path.is_file():
                path.unlink()
        kept = {
            parent / name: self._bytes.get(inode, b"")
            for parent, names in self._names.items()
            for name, inode in names.items()
        }
        self._bytes, self._names = {}, {}
        for path, data in kept.items():
            path.parent.mkdir(mode=0o700, exist_ok=True)  # removed since, which nobody has synced
            path.write_bytes(data)
            path.chmod(0o600)
            self.synced(path)


def _inode(path: Path) -> int:
    return path.stat().st_ino


@contextmanager
def locks_released() -> Iterator[None]:
    """What a life has locked is free once it is dead, though its files stay open."""

    def flock(file: Any, how: int) -> None:
        _FLOCK(file, how)
        if (life := LIFE.get(None)) is not None:
            life.at_death(lambda: _release(file))

    with patch.object(fcntl, "flock", flock):
        yield


def _release(file: Any) -> None:
    with suppress(ValueError):  # closed before
        _FLOCK(file, fcntl.LOCK_UN)
