"""Checkpoints (C2SP tlog-checkpoint): which tree a log stands at, in three lines.

relais.demo/civil-0
4096
base64(root)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from contracts.errors import ProofError
from contracts.proof.note import MAX_NAME_BYTES, b64, decimal, parse_note, unb64
from contracts.proof.tree import HASH_BYTES
from contracts.vocabulary.scopes import REALMS

_INSTANCE: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: what a log says that it holds.

    Attributes:
        origin: which log.
        size: entries.
        root: hash over them.
    """

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n".encode()


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Read a note's text as a checkpoint; further lines, which nobody could audit, are refused.

    Args:
        text: of a note that was parsed, and so UTF-8.

    Raises:
        ProofError: `checkpoint_malformed`, `number_malformed`, `base64_not_canonical`.
    """
    lines = text.decode().split("\n")
    if len(lines) != 4 or lines[3] or not 1 <= len(lines[0].encode()) <= MAX_NAME_BYTES:
        raise ProofError("checkpoint_malformed", "other lines", "origin, size and root")
    root = unb64(lines[2], "root")
    if len(root) != HASH_BYTES:
        raise ProofError("checkpoint_malformed", f"{len(root)} bytes", "32 bytes", "root")
    return Checkpoint(lines[0], decimal(lines[1], "size"), root)


def read_checkpoint(note: bytes) -> Checkpoint:
    """The checkpoint that a note is of, whoever signed it; raises as both its parsers do."""
    return parse_checkpoint(parse_note(note).text)


def origin_of(instance: str, realm: str, partition: int) -> str:
    """The name of a partition's log: `relais.<instance>/<realm>-<partition>`.

    Args:
        instance: which federation, such as `demo` or `ain.example`: lower case, as in a host name.

    Raises:
        ProofError: `origin_malformed`.
    """
    if not _INSTANCE.fullmatch(instance) or realm not in REALMS or partition < 0:
        raise ProofError("origin_malformed", "another name", "an instance, a realm, a partition")
    return f"relais.{instance}/{realm}-{partition}"
