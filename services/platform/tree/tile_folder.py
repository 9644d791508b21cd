"""A log's entries and tiles in a folder (proof §2), added to by one process at a time.

    checkpoint      tile/…      lock

What stands there is the tree of its checkpoint; tiles that go further are nobody's yet. Full tiles
never change.
"""

from __future__ import annotations

import fcntl
import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final

from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.tiles import (
    ENTRIES,
    WIDTH,
    Tile,
    TileHashes,
    TreeEdge,
    bundle_of,
    tile_at,
    tile_reader,
)
from contracts.proof.tree import Subtree, entry_hash
from services.platform.process.durable_file import make_folder_durably, replace_file

CHECKPOINT: Final = "checkpoint"


class TileFolder(ABC):
    """One log's files, owned while they are open.

    Attributes:
        path: of the folder.
    """

    def __init__(self, folder: Path) -> None:
        """Own the files of a log, and stand behind what they hold.

        Raises:
            BlockingIOError: another process has them.
            OSError: they cannot be read or written.
            ProofError: what lies there is not the log's own.
        """
        self.path = folder
        self._edge = TreeEdge()
        self._bundle: list[bytes] = []
        self._read = tile_reader(lambda path: (folder / path).read_bytes(), FileNotFoundError)
        make_folder_durably(folder)
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._begin()
        except (OSError, ProofError):
            self._lock.close()
            raise

    @property
    def size(self) -> int:
        """Entries that were added."""
        return self._edge.size

    @property
    def last(self) -> bytes | None:
        """The entry that was added last, as the files have it."""
        return self.entries((self.size - 1) // WIDTH)[-1] if self.size else None

    def entries(self, number: int) -> list[bytes]:
        """Those of a bundle; raises `OSError` or `ProofError` if it cannot be read or is none."""
        if number == self.size // WIDTH and self._bundle:
            return list(self._bundle)
        return self._read(Tile(ENTRIES, number))

    def leaves(self, number: int) -> list[bytes]:
        """Those of a bundle's entries; raises as `entries` does."""
        return self._edge.leaves(number) or self._read(Tile(0, number))

    def subtree_of(self, size: int) -> Subtree:
        """Hashes of the tree of a checkpoint, from files; may raise `OSError`, `ProofError`."""
        return TileHashes(size, self._read).subtree

    def close(self) -> None:
        """Let others have it."""
        self._lock.close()

    @abstractmethod
    def _begin(self) -> None:
        """Stand behind the checkpoint that is there; raises as opening does."""

    def _append(self, entry: bytes) -> None:
        """Add an entry; what is full by it is written.

        Raises:
            ProofError: the tree cannot have it; nothing has changed.
            OSError: it could not be written: the folder is to be opened again.
        """
        bundle_of([entry])  # before anything changes
        full = self._edge.append(entry_hash(entry))
        self._bundle.append(entry)
        if full:
            self._write(Tile(ENTRIES, full[0][0].number), bundle_of(self._bundle))
            self._bundle = []
        for tile, data in full:
            self._write(tile, data)

    def _load(self, head: Checkpoint) -> None:
        """Stand behind a checkpoint.

        Raises:
            ProofError, OSError: the files are not its own, or are not there.
        """
        edge = TreeEdge.behind(head.size, self._read)
        if edge.root() != head.root:
            raise ProofError("tree_forked", "another root", "the checkpoint's")
        if not head.size:
            self._edge, self._bundle = edge, []
            return
        number = (head.size - 1) // WIDTH
        leaves, last = (self._read(tile_at(level, number, head.size)) for level in (0, ENTRIES))
        if [*map(entry_hash, last)] != leaves:
            raise ProofError("bundle_malformed", "other entries", "those of the tree")
        self._edge, self._bundle = edge, last if head.size % WIDTH else []

    def _write_partial(self) -> None:
        """What is not full of the tree as it is now."""
        for tile, data in self._edge.partial():
            self._write(tile, data)
        if self._bundle:
            number = self.size // WIDTH
            self._write(Tile(ENTRIES, number, len(self._bundle)), bundle_of(self._bundle))

    def _write(self, tile: Tile, data: bytes) -> None:
        replace_file(self.path / tile.path, data)

    def _drop_partial(self, before: int) -> None:
        """Partial tiles that a full one has taken the place of since (tlog-tiles lets them go)."""
        for level in (ENTRIES, 0, 1):
            shift = 8 * max(level, 0)
            for number in range((before >> shift) // WIDTH, (self.size >> shift) // WIDTH):
                partial = (self.path / Tile(level, number, 1).path).parent
                shutil.rmtree(partial, ignore_errors=True)
