"""A log as files: tiles, bundles, last checkpoint, as any static server has them (proof §2).

    <realm>-<partition>/checkpoint      tile/…      lock

What was signed last, and up to where the log was read for it, lies in the auditor's memory before
anybody sees it; `checkpoint` is what of it was published: at once, or where a log has witnesses,
once enough of them have cosigned it (`show`).

A checkpoint is written last, in one step: who is killed at any moment leaves a valid older one.
Full tiles never change. What a start finds is held to its own checkpoint, and made anew from the
log where it does not bear it out; the root at that size must come out the same, or nothing is
signed any more. `checkpoint` and the memory are all that tells what was signed, and are made from
nothing else: one that is there and is not the log's own is refused, since who began anew in its
place would sign another history.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint, read_checkpoint
from contracts.proof.note import SignedNote
from contracts.proof.note_keys import NoteSigner, open_head
from contracts.proof.tiles import TreeEdge
from contracts.proof.tree import Subtree
from services.platform.process.durable_file import write_durably
from services.platform.store.memory import Memory
from services.platform.tree.tile_folder import CHECKPOINT, TileFolder

FORKED: Final = "log_forked"


class LogFolder(TileFolder):
    """The files of a log that is signed here, owned while they are open.

    Attributes:
        head: the checkpoint that was signed last, None before the first.
        signed: its note, as the log alone has signed it or as it was published.
        shown: the checkpoint that is published; with witnesses it may be an older one.
        stopped: a code, once nothing more can be added or signed: `log_forked`, what the log says
            now does not come to what was signed; or what the tree refused of an entry. A new start
            finds the same.
    """

    def __init__(
        self,
        folder: Path,
        memory: Memory,
        signers: Sequence[NoteSigner],
        *,
        witnessed: bool = False,
    ) -> None:
        """Open the files of a log, or begin them.

        Args:
            memory: keeps what was signed last.
            witnessed: a head is published by `show`, and not at once.

        Raises:
            BlockingIOError: another process has them.
            OSError: they cannot be read or written.
            ProofError: a checkpoint that lies there is not one that these signers signed.
        """
        self.stopped = ""
        self._memory, self._name = memory, f"log/{folder.name}"
        self._signers = signers
        self._witnessed = witnessed
        self.head: Checkpoint | None = None
        self.shown: Checkpoint | None = None
        self.signed = b""
        super().__init__(folder)

    @property
    def position(self) -> int | None:
        """Where the log is to be read on from, as `publish` was told; None: from its beginning."""
        size, _, offset = self._memory.get(f"{self._name}/position").partition(b" ")
        return int(offset) if size and int(size) <= self.size else None

    def add(self, entry: bytes) -> None:
        """Add an entry; full tiles are written. One that the tree cannot have stops the log.

        Raises:
            OSError: it could not be written: the folder is to be opened again.
        """
        if self.stopped:
            return
        try:
            self._append(entry)
        except ProofError as error:
            self.stopped = error.code
            return
        for signed in {self.shown, self.head}:
            if signed is not None and self.size == signed.size:
                self._made_anew(signed)

    def publish(self, at: int, position: int) -> bool:
        """Sign and write a head of all that was added; whether there is a new one.

        Once `stopped` nothing is written, the position neither: the next start reads from before
        what was refused.

        Args:
            at: now, seconds.
            position: offset in the log behind which nothing was added yet.

        Raises:
            OSError: it could not be written: the folder is to be opened again.
        """
        before = self.head.size if self.head else 0
        if self.stopped or self.size < before:
            return False
        is_new = self.size > before
        if is_new:
            self._sign(at, position)
        if not self._witnessed and self.shown != self.head:
            self.show(self.signed)  # what an earlier life signed and did not come to show, too
        if is_new:
            self._drop_partial(before)
        return is_new

    def _sign(self, at: int, position: int) -> None:
        """Sign all that was added, and remember it before anybody sees it."""
        self._write_partial()
        head = Checkpoint(self._signers[0].key.name, self.size, self._edge.root())
        lines = tuple(signer.sign(head.text, at) for signer in self._signers)
        signed = SignedNote(head.text, lines).data
        with self._memory.changing() as rows:
            rows[f"{self._name}/head"] = signed
            rows[f"{self._name}/position"] = f"{head.size} {position}".encode()
        self.head, self.signed = head, signed

    def show(self, note: bytes) -> None:
        """Publish a head with its cosignatures; never one of fewer entries than before.

        Raises:
            OSError: it could not be written.
        """
        head = read_checkpoint(note)
        if self.shown is None or self.shown.size <= head.size:
            write_durably(self.path / CHECKPOINT, note)
            self.shown = head

    def subtree(self) -> Subtree:
        """Hashes of the tree of `head`, from files; asking may raise `OSError`, `ProofError`."""
        return self.subtree_of(self.head.size if self.head else 0)

    def _begin(self) -> None:
        """Stand behind the checkpoint there, if its files bear it out; else at the beginning."""
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
        published = self.path / CHECKPOINT
        found = {
            CHECKPOINT: published.read_bytes() if published.exists() else None,
            "head": self._memory.get(f"{self._name}/head") or None,
        }
        for name, data in found.items():
            if data is None:
                continue
            head, own = open_head(data, [signer.key for signer in self._signers])
            if name == CHECKPOINT:
                self.shown = head
            if self.head is None or self.head.size < head.size:
                self.head, self.signed = head, own.data  # witnesses add their lines anew

    def _made_anew(self, signed: Checkpoint) -> None:
        """The files are made anew up to a checkpoint: it has its own if the root came out."""
        if self._edge.root() != signed.root:
            self.stopped = FORKED
        else:
            self._write_partial()
