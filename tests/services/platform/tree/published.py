"""A log in memory as it is published: its files by their paths, which may lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from contracts.errors import ProofError
from contracts.proof.note_keys import NoteSigner
from contracts.proof.tiles import parse_path
from services.platform.process.exit_codes import UnreachableError
from tests.contracts.proof.log import LOG, WITNESSES, MemoryLog

_NOTES: dict[tuple[bytes, tuple[NoteSigner, ...]], bytes] = {}


def note_of(log: MemoryLog, by: tuple[NoteSigner, ...] = (*LOG, *WITNESSES)) -> bytes:
    """The checkpoint of a log, the same bytes each time: one kind of signature is not."""
    key = log.head.text, by
    if key not in _NOTES:
        _NOTES[key] = log.published(by)
    return _NOTES[key]


@dataclass
class Published:
    """What the operator hands out.

    Attributes:
        log: whose files they are.
        by: who signs the checkpoint.
        instead: paths whose files are other ones.
        asked: paths, in the order in which they were asked for.
    """

    log: MemoryLog
    by: Iterable[NoteSigner] = (*LOG, *WITNESSES)
    instead: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes:
        """A file of the log."""
        self.asked.append(path)
        if path in self.instead:
            return self.instead[path]
        if path == "checkpoint":
            return note_of(self.log, tuple(self.by))
        try:
            return self.log.tiles[parse_path(path)]
        except (KeyError, ProofError):
            raise UnreachableError("log_not_there", path, "a published log") from None
