"""A log kept by another than its operator (proof §11): entries and trusted checkpoints.

    <realm>-<partition>/checkpoint      tile/…      contradiction      lock

In the form in which it was published, so that whatever reads the log reads its mirror. What comes
is held to its checkpoint and to all that is there already before it belongs to the mirror: the
checkpoint is written last. Another history is never written over it; the checkpoint that shows it
is kept beside, and ends the mirroring until somebody has looked.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.note_keys import open_head
from contracts.proof.policy import TrustPolicy
from contracts.proof.tiles import (
    ENTRIES,
    HEIGHT,
    MAX_LEVEL,
    WIDTH,
    ReadFile,
    Tile,
    TileHashes,
    tile_at,
)
from contracts.proof.tree import EMPTY_ROOT, check_consistency, consistency_path, entry_hash
from services.platform.process.durable_file import make_folder_durably, write_durably
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.published_log import published_tiles
from services.platform.tree.tile_folder import CHECKPOINT, TileFolder

CONTRADICTION: Final = "contradiction"
FORKED: Final = "tree_forked"  # the code of what must not be


class LogMirror(TileFolder):
    """A mirror of one log, owned while it is open.

    Attributes:
        origin: of the log.
        head: the checkpoint that it is of; of size 0 before the first.
    """

    def __init__(self, folder: Path, origin: str, policy: TrustPolicy) -> None:
        """Open a mirror, or begin it.

        Raises:
            BlockingIOError: another process has it.
            OSError: it cannot be read or written.
            ProofError: what lies there is not what a mirror of this log wrote, or is damaged.
        """
        self.origin = origin
        self._policy = policy
        self._keys = [key for key in policy.logs if key.name == origin]
        self._seen = b""  # the checkpoint that was looked at last, and was good
        self.head = Checkpoint(origin, 0, EMPTY_ROOT)
        self._is_served = False  # whether the log still serves its first entries: asked as it grows
        super().__init__(folder)

    def update(self, read: ReadFile) -> None:
        """Bring it to what the log has published, once that has been verified.

        Raises:
            UnreachableError: a file of the log cannot be had; of entries that are here already the
                mirror has followed all the same.
            ProofError: `tree_forked`: the log has another history than this mirror; `tree_shrank`:
                it is shorter; those of `TrustPolicy.verify`, if its checkpoint is not to be
                believed; those of tiles that are not the checkpoint's. The mirror is as it was.
            OSError: it could not be written: the mirror is to be opened again.
        """
        if (self.path / CONTRADICTION).exists():
            raise ProofError(FORKED, "two histories", "one", self.origin)
        note = read(CHECKPOINT)[: MAX_NOTE_BYTES + 1]
        if note == self._seen:
            return
        head = self._believed(read, note)
        if head.size > self.size:
            self._is_served &= head.size // WIDTH == self.size // WIDTH
            self._grow(read, head, note)
        if self.size and not self._is_served:
            self._check_served(read)
            self._is_served = True
        self._seen = note

    def _begin(self) -> None:
        """Stand behind the checkpoint that is there."""
        try:
            data = (self.path / CHECKPOINT).read_bytes()
        except FileNotFoundError:
            return
        head, _note = open_head(data, self._keys)
        self._load(head)
        self.head = head

    def _believed(self, read: ReadFile, data: bytes) -> Checkpoint:
        """The checkpoint of a note, held to what is here and to the policy.

        Whoever has cosigned it, another history is told: the log's key has signed both.
        """
        head, _note = open_head(data, self._keys)
        if 0 < head.size <= self.size and self.subtree_of(self.size)(0, head.size) != head.root:
            self._contradicted(data)
        try:
            self._policy.verify(data)
        except ProofError:
            if self._is_other(read, head):
                self._contradicted(data)
            raise
        if head.size < self.size:
            raise ProofError("tree_shrank", f"{head.size} entries", f"at least {self.size}")
        return head

    def _grow(self, read: ReadFile, head: Checkpoint, note: bytes) -> None:
        try:
            self._fetch(read, head)
            self._check_root(read, head, note)
            self._write_partial()
            write_durably(self.path / CHECKPOINT, note)
        except (ProofError, UnreachableError):
            self._back()
            raise
        before, self.head = self.head, head
        self._drop_partial(before.size)

    def _check_root(self, read: ReadFile, head: Checkpoint, note: bytes) -> None:
        """That what was here and what has come are the tree of a checkpoint."""
        if self._edge.root() == head.root:
            return
        if self._is_other(read, head):
            self._contradicted(note)
        raise ProofError("bundle_malformed", "other entries", "those of the tree")

    def _fetch(self, read: ReadFile, head: Checkpoint) -> None:
        """Add what the log says that it has beyond what is here."""
        read_tile = published_tiles(read)
        for number in range(self.size // WIDTH, -(-head.size // WIDTH)):
            behind = self.size - number * WIDTH
            for entry in read_tile(tile_at(ENTRIES, number, head.size))[behind:]:
                self._append(entry)

    def _check_served(self, read: ReadFile) -> None:
        """That a log serves the first entries that are here; raises `bundle_malformed`."""
        served = published_tiles(read)(tile_at(ENTRIES, 0, self.size))
        if [*map(entry_hash, served)] != self.leaves(0)[: len(served)]:
            raise ProofError("bundle_malformed", "other entries", "those of the tree")

    def _is_other(self, read: ReadFile, head: Checkpoint) -> bool:
        """Whether a longer tree is of another history than this mirror, by tiles to its root."""
        old = self.head
        if not 0 < old.size < head.size:
            return False
        tiles = TileHashes(head.size, published_tiles(read))
        try:
            if tiles.root() != head.root:
                return False
            path = consistency_path(old.size, head.size, tiles.subtree)
            check_consistency(old.size, old.root, head.size, head.root, path)
        except UnreachableError:
            return False
        except ProofError as error:
            return error.code == FORKED
        return False

    def _contradicted(self, note: bytes) -> None:
        """Keep a checkpoint that shows another history.

        Raises:
            ProofError: `tree_forked`, always.
        """
        write_durably(self.path / CONTRADICTION, note)
        raise ProofError(FORKED, "another history", "the one of this mirror", self.origin)

    def _back(self) -> None:
        """Drop what went beyond the checkpoint, and stand behind it again."""
        reached = self.size
        self._load(self.head)
        for level in range(ENTRIES, MAX_LEVEL + 1):
            shift = HEIGHT * max(level, 0)
            for number in range((self.head.size >> shift) // WIDTH, (reached >> shift) // WIDTH):
                (self.path / Tile(level, number).path).unlink(missing_ok=True)

    def _write(self, tile: Tile, data: bytes) -> None:
        """On the disk before the checkpoint is: who wiped the log would not give it again."""
        path = self.path / tile.path
        make_folder_durably(path.parent)
        write_durably(path, data)


def logs_of(policy: TrustPolicy, realm: str) -> dict[str, str]:
    """A realm's logs that a policy names, in order: name when published -> its origin."""
    names = {key.name.rpartition("/")[2]: key.name for key in policy.logs}
    own = [name for name in names if re.fullmatch(rf"{realm}-\d{{1,2}}", name, re.ASCII)]
    return {name: names[name] for name in sorted(own, key=lambda name: (len(name), name))}
