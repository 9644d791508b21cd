"""Where an event's record stands in its published log: verified here, since the console has neither log nor keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from contracts.encoding import unb64u
from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint, read_checkpoint
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.policy import TrustPolicy
from contracts.proof.tiles import TileHashes, whole_if_gone
from contracts.proof.tree import check_inclusion, inclusion_path
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.published_log import LogFiles, LogInFolder

Policies = Callable[
    [str], TrustPolicy | None
]  # of a realm, as its owners signed it; it may raise `ProofError`

STANDS: Final = "stands"  # the path from the record to the checkpoint's root holds
OTHER: Final = "other"  # it does not: something else is published there
EARLY: Final = "early"  # the checkpoint is of fewer records
UNREAD: Final = "unread"  # nothing is published, or what is cannot be read


def proof_told(folder: Path, realm: str, row: dict[str, Any], policies: Policies) -> dict[str, Any]:
    """Its place, whether the published checkpoint has it there, and by which witnesses the owners' policy takes that.

    Args:
        folder: in which the logs lie.
        row: what `lives` has of the event.
    """
    name = f"{realm}-{row['partition']}"
    place = {"log": name, "leaf": row["leaf"], "index": row["index"]}
    log = LogInFolder(folder / name)
    try:
        note = log.read("checkpoint")[: MAX_NOTE_BYTES + 1]
        head = read_checkpoint(note)
        stand = _inclusion(log, head, row["index"], unb64u(row["leaf"]))
    except (UnreachableError, ProofError):  # the service tells why
        return {**place, "size": 0, "inclusion": UNREAD, "cosigned": []}
    cosigned = _cosigned(note, realm, policies) if stand == STANDS else []
    return {**place, "size": head.size, "inclusion": stand, "cosigned": cosigned}


def _inclusion(log: LogFiles, head: Checkpoint, index: int, leaf: bytes) -> str:
    if index >= head.size:
        return EARLY
    tiles = TileHashes(head.size, whole_if_gone(log.read, UnreachableError))
    path = inclusion_path(index, head.size, tiles.subtree)
    try:
        check_inclusion(leaf, index, head.size, head.root, path)
    except ProofError:
        return OTHER
    return STANDS


def _cosigned(note: bytes, realm: str, policies: Policies) -> list[str]:
    """Witnesses whose signatures hold; none where they are fewer than the policy asks for, or there is none."""
    try:
        policy = policies(realm)
        return sorted(seen.witness for seen in policy.verify(note).cosigned) if policy else []
    except ProofError:
        return []
