"""A log as files: tiles, bundles and the last checkpoint, as any static server can hand them out (proof §2).

    <realm>-<partition>/checkpoint      tile/…      head      position      lock

Where a log has witnesses, `head` is what was signed last, for them to cosign, and `checkpoint` what of it was
published since (`show`); where it has none they are one, `checkpoint`.

A checkpoint is written last, in one step, and before anybody sees it: who is killed at any moment leaves a valid
older one. Full tiles never change. What a start finds is held to its own checkpoint, and made anew from the
log where it does not bear it out; the root at that size must come out the same, or nothing is signed any more.
`checkpoint` and `head` are all that tells what was signed, and are made from nothing else: one that is there and is
not the log's own is refused, since who began anew in its place would sign another history.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint, parse_checkpoint, read_checkpoint
from contracts.proof.edge import TreeEdge
from contracts.proof.note import SignedNote
from contracts.proof.note_keys import NoteSigner, open_note
from contracts.proof.tiles import (
    ENTRIES,
    WIDTH,
    Tile,
    TileHashes,
    bundle_of,
    read_bundle,
    read_hashes,
    tile_at,
    whole_if_gone,
)
from contracts.proof.tree import Subtree, entry_hash
from services.platform.store.durable_file import make_folder_durably, write_durably

CHECKPOINT: Final = "checkpoint"
HEAD: Final = "head"
FORKED: Final = "log_forked"
_POSITION: Final = "position"


class LogFolder:
    """One log's files, owned while they are open.

    Attributes:
        head: the checkpoint that was signed last, None before the first.
        signed: its note, as the log alone has signed it or as it was published.
        shown: the checkpoint that is published; with witnesses it may be an older one.
        stopped: a code, once nothing more can be added or signed: `log_forked`, what the log says now does not
            come to what was signed; or what the tree refused of an entry. A new start finds the same.
    """

    def __init__(
        self, folder: Path, signers: Sequence[NoteSigner], *, witnessed: bool = False
    ) -> None:
        """Open the files of a log, or begin them.

        Args:
            witnessed: a head is published by `show`, and not at once.

        Raises:
            BlockingIOError: another process has them.
            OSError: they cannot be read or written.
            ProofError: a checkpoint that lies there is not one that these signers signed.
        """
        self.path = folder
        self.stopped = ""
        self._signers = signers
        self._witnessed = witnessed
        self._edge = TreeEdge()
        self._bundle: list[bytes] = []
        self.head: Checkpoint | None = None
        self.shown: Checkpoint | None = None
        self.signed = b""
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
        if self._bundle:
            return self._bundle[-1]
        if not self.size:
            return None
        data = (self.path / Tile(ENTRIES, self.size // WIDTH - 1).path).read_bytes()
        return read_bundle(data, WIDTH)[-1]

    @property
    def position(self) -> int | None:
        """Where the log is to be read on from, as `publish` was told; None: from its beginning."""
        try:
            size, offset = (self.path / _POSITION).read_text("ascii").split()
            return int(offset) if int(size) <= self.size else None
        except (OSError, ValueError):
            return None

    def add(self, entry: bytes) -> None:
        """Add an entry; what is full by it is written. One that the tree cannot have stops the log: it has a number.

        Raises:
            OSError: it could not be written: the folder is to be opened again.
        """
        if self.stopped:
            return
        try:
            bundle_of([entry])  # before anything changes
            full = self._edge.append(entry_hash(entry))
        except ProofError as error:
            self.stopped = error.code
            return
        self._bundle.append(entry)
        if full:
            self._write(Tile(ENTRIES, full[0][0].number), bundle_of(self._bundle))
            self._bundle = []
        for tile, data in full:
            self._write(tile, data)
        for signed in {self.shown, self.head}:
            if signed is not None and self.size == signed.size:
                self._made_anew(signed)

    def publish(self, at: int, position: int) -> bool:
        """Sign and write a head of all that was added; whether there is a new one.

        Once `stopped` nothing is written, the position neither: the next start reads from before what was refused.

        Args:
            at: now, seconds.
            position: offset in the log behind which nothing was added yet.

        Raises:
            OSError: it could not be written: the folder is to be opened again.
        """
        if self.stopped or self.size <= (self.head.size if self.head else 0):
            return False
        self._write_partial()
        head = Checkpoint(self._signers[0].key.name, self.size, self._edge.root())
        lines = tuple(signer.sign(head.text, at) for signer in self._signers)
        self.signed = SignedNote(head.text, lines).data
        write_durably(self.path / (HEAD if self._witnessed else CHECKPOINT), self.signed)
        if not self._witnessed:
            self.shown = head
        replace_file(self.path / _POSITION, f"{head.size} {position}".encode())
        before, self.head = self.head, head
        self._drop_partial(before.size if before else 0)
        return True

    def show(self, note: bytes) -> None:
        """Publish a head with the cosignatures that it has; one of fewer entries than are published is not.

        Raises:
            OSError: it could not be written.
        """
        head = read_checkpoint(note)
        if self.shown is None or self.shown.size <= head.size:
            write_durably(self.path / CHECKPOINT, note)
            self.shown = head

    def subtree(self) -> Subtree:
        """Hashes of the tree of `head`, from its files; what asks may raise `OSError`, `ProofError`."""

        def read(path: str) -> bytes:
            return (self.path / path).read_bytes()

        size = self.head.size if self.head else 0
        return TileHashes(size, whole_if_gone(read, FileNotFoundError)).subtree

    def close(self) -> None:
        """Let others have it."""
        self._lock.close()

    def _begin(self) -> None:
        """Stand behind the checkpoint that is there, if its files bear it out; else before the first entry."""
        self._read_notes()
        if self.head is None or not self.head.size:
            return
        try:
            self._load(self.head)
        except (OSError, ProofError):
            self._edge, self._bundle = TreeEdge(), []
            shutil.rmtree(self.path / "tile", ignore_errors=True)

    def _read_notes(self) -> None:
        """What was signed last, and what is published: with or without witnesses, as it was before.

        Raises:
            ProofError, OSError: a file is there, and is not the log's own, or cannot be read.
        """
        for name in (CHECKPOINT, HEAD):
            try:
                data = (self.path / name).read_bytes()
            except FileNotFoundError:
                continue
            note, good = open_note(data, [signer.key for signer in self._signers])
            head = parse_checkpoint(note.text)
            if head.origin != self._signers[0].key.name:
                raise ProofError("origin_malformed", head.origin, self._signers[0].key.name)
            if name == CHECKPOINT:
                self.shown = head
            if self.head is None or self.head.size < head.size:
                # The log's own lines alone: witnesses add theirs anew.
                own = SignedNote(note.text, tuple(line for _key, line in good))
                self.head, self.signed = head, own.data

    def _load(self, head: Checkpoint) -> None:
        """Stand behind a checkpoint.

        Raises:
            ProofError, OSError: the files are not its own, or are not there.
        """
        edge = TreeEdge.behind(head.size, lambda tile: (self.path / tile.path).read_bytes())
        if edge.root() != head.root:
            raise ProofError("tree_forked", "another root", "the checkpoint's")
        self._edge = edge
        if head.size % WIDTH:
            tile = tile_at(ENTRIES, head.size // WIDTH, head.size)
            self._bundle = read_bundle((self.path / tile.path).read_bytes(), tile.width)
            leaves = next(hashes for level, hashes in edge.partial() if level.level == 0)
            if b"".join(map(entry_hash, self._bundle)) != leaves:
                raise ProofError("bundle_malformed", "other entries", "those of the tree")
        self._check_last()

    def _check_last(self) -> None:
        """That the entry that the log is followed behind is the tree's.

        Raises:
            ProofError, OSError: it is another, or cannot be read.
        """
        tile = tile_at(0, (self.size - 1) // WIDTH, self.size)
        hashes = read_hashes((self.path / tile.path).read_bytes(), tile.width)
        if entry_hash(self.last or b"") != hashes[-1]:
            raise ProofError("bundle_malformed", "another entry", "the tree's last one")

    def _made_anew(self, signed: Checkpoint) -> None:
        """The files are made anew up to a checkpoint: it has those that it needs, if its root came out."""
        if self._edge.root() != signed.root:
            self.stopped = FORKED
        else:
            self._write_partial()

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


def replace_file(path: Path, data: bytes) -> None:
    """Write a file in one step: whoever reads it has the old one or the new one.

    It may be lost where the machine stops: it can be made anew.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
