"""What leads from a bundle's records to a published checkpoint, whatever part of the log they are (bundle §5.2).

    …-00.end + …-00.checkpoint     a tlog-proof of the first record behind the bundle's, or of the last that is covered
    …-00.begin + …-00.checkpoint   a tlog-proof of the first record, where the bundle begins in the middle
    …-00.after + …-00.checkpoint   what a witness would be asked, from the checkpoint of the bundle before

The hashes of an inclusion path that stand left are the tree over all that came before: with the records between
two paths they come to the root. So two paths show of each record, however many there are, where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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
CHECKPOINT, BEGIN, END, AFTER = ".checkpoint", ".begin", ".end", ".after"

LeftOut = Callable[[str, int, ProofError], None]  # realm, partition, what is wrong with it


@dataclass(frozen=True, slots=True)
class EntrySpan:
    """Which of a log's entries a bundle has.

    Attributes:
        begin: number of the first one; `end` lies behind the last one.
    """

    begin: int
    end: int

    def shown(self, size: int) -> int:
        """The entry whose proof shows how far the records of a tree of this size go."""
        return min(self.end, size - 1)


NOWHERE: Final = EntrySpan(0, 0)


def head_name(realm: str, number: int, kind: str) -> str:
    """A file about a partition's checkpoint, in a bundle."""
    return f"{FOLDER}/{realm}-{number:02}{kind}"


def with_proofs(
    heads: Mapping[str, bytes],
    realm: str,
    spans: Mapping[int, EntrySpan],
    log: LogFiles,
    before: Mapping[str, bytes],
    left_out: LeftOut,
) -> dict[str, bytes]:
    """A realm's checkpoints and what leads to them; one that nothing leads to from a part of the log is left out.

    Args:
        heads: by name, as `published_heads` has them.
        spans: partition -> which entries the bundle has.
        log: in which all logs lie.
        before: checkpoints of the bundle that this one follows, by name.
        left_out: is told of a checkpoint whose files do not come to it, or are not there.
    """
    files = dict(heads)
    for number, span in spans.items():
        name = head_name(realm, number, CHECKPOINT)
        if name not in heads:
            continue
        size, own = read_checkpoint(heads[name]).size, LogBelow(log, f"{realm}-{number}")
        try:
            files |= dict(_proofs(heads[name], span, own, before.get(name), realm, number))
        except (ProofError, UnreachableError) as error:
            is_needed = span.begin > 0 or span.end < size
            if is_needed:
                del files[name]
            got = error if isinstance(error, ProofError) else _gone(error)
            left_out(realm, number, got)
    return files


def _gone(error: UnreachableError) -> ProofError:
    return ProofError(error.code, str(error.got), "a published log")


def _proofs(
    note: bytes, span: EntrySpan, log: LogFiles, before: bytes | None, realm: str, number: int
) -> Iterator[tuple[str, bytes]]:
    """The files that lead to a checkpoint, by name.

    Raises:
        UnreachableError: `log_not_there`.
        ProofError: what is published does not come to it, or it is of records before the bundle's.
    """
    head = read_checkpoint(note)
    tiles = TileHashes(head.size, whole_if_gone(log.read, UnreachableError))
    wanted = {END: span.shown(head.size)} | ({BEGIN: span.begin} if span.begin else {})
    for kind, index in wanted.items():
        entries = read_entries(log, tile_at(ENTRIES, index // WIDTH, head.size))
        entry, path = entries[index % WIDTH], inclusion_path(index, head.size, tiles.subtree)
        check_inclusion(entry_hash(entry), index, head.size, head.root, path)
        data = InclusionProof(index, tuple(path), note, entry).data
        yield head_name(realm, number, kind), data.removesuffix(note)
    if before is not None:
        body = _request(read_checkpoint(before), head, tiles, note)
        yield head_name(realm, number, AFTER), body.removesuffix(note)


def _request(old: Checkpoint, head: Checkpoint, tiles: TileHashes, note: bytes) -> bytes:
    """From an earlier checkpoint to this one, as a witness is asked (C2SP tlog-witness).

    Raises:
        ProofError: `tree_shrank`; those of `TileHashes`.
    """
    return request_of(old.size, consistency_path(old.size, head.size, tiles.subtree), note)
