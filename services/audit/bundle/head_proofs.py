"""What leads from a bundle's records to a published checkpoint (bundle §5.2).

…-00.end + …-00.checkpoint     a tlog-proof of the last record that is covered
…-00.after + …-00.checkpoint   what a witness would be asked, from the checkpoint of the bundle
before
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint, read_checkpoint
from contracts.proof.proof_file import InclusionProof
from contracts.proof.tiles import ENTRIES, WIDTH, TileHashes, tile_at, whole_if_gone
from contracts.proof.tree import check_inclusion, consistency_path, entry_hash, inclusion_path
from contracts.proof.witness import request_of
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.published_log import LogBelow, LogFiles, read_entries

FOLDER: Final = "heads"
CHECKPOINT, END, AFTER = ".checkpoint", ".end", ".after"

LeftOut = Callable[[str, int, ProofError], None]  # realm, partition, what is wrong with it


def head_name(realm: str, number: int, kind: str) -> str:
    """A file about a partition's checkpoint, in a bundle."""
    return f"{FOLDER}/{realm}-{number:02}{kind}"


def with_proofs(
    heads: Mapping[str, bytes],
    realm: str,
    numbers: Iterable[int],
    log: LogFiles,
    before: Mapping[str, bytes],
    left_out: LeftOut,
) -> dict[str, bytes]:
    """A realm's checkpoints, each with what leads to it where that is published.

    Args:
        heads: by name, as `published_heads` has them.
        numbers: of the partitions.
        log: in which all logs lie.
        before: checkpoints of the bundle that this one follows, by name.
        left_out: is told of a checkpoint whose files do not come to it, or are not there.
    """
    files = dict(heads)
    for number in numbers:
        name = head_name(realm, number, CHECKPOINT)
        if name not in heads:
            continue
        own = LogBelow(log, f"{realm}-{number}")
        try:
            files |= dict(_proofs(heads[name], own, before.get(name), realm, number))
        except (ProofError, UnreachableError) as error:
            left_out(realm, number, error if isinstance(error, ProofError) else _gone(error))
    return files


def _gone(error: UnreachableError) -> ProofError:
    return ProofError(error.code, str(error.got), "a published log")


def _proofs(
    note: bytes, log: LogFiles, before: bytes | None, realm: str, number: int
) -> Iterator[tuple[str, bytes]]:
    """The files that lead to a checkpoint, by name.

    Raises:
        UnreachableError: `log_not_there`.
        ProofError: what is published does not come to it.
    """
    head = read_checkpoint(note)
    tiles = TileHashes(head.size, whole_if_gone(log.read, UnreachableError))
    index = head.size - 1
    entries = read_entries(log, tile_at(ENTRIES, index // WIDTH, head.size))
    entry, path = entries[index % WIDTH], inclusion_path(index, head.size, tiles.subtree)
    check_inclusion(entry_hash(entry), index, head.size, head.root, path)
    data = InclusionProof(index, tuple(path), note, entry).data
    yield head_name(realm, number, END), data.removesuffix(note)
    if before is not None:
        body = _request(read_checkpoint(before), head, tiles, note)
        yield head_name(realm, number, AFTER), body.removesuffix(note)


def _request(old: Checkpoint, head: Checkpoint, tiles: TileHashes, note: bytes) -> bytes:
    """From an earlier checkpoint to this one, as a witness is asked (C2SP tlog-witness).

    Raises:
        ProofError: `tree_shrank`; those of `TileHashes`.
    """
    return request_of(old.size, consistency_path(old.size, head.size, tiles.subtree), note)
