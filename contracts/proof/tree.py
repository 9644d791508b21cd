"""The Merkle tree of RFC 6962 §2.1 (RFC 9162 §2.1): hashes, and proofs made and held to a root.

Sizes and indexes count entries. A hash is 32 bytes of SHA-256.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from contracts.encoding import sha256
from contracts.errors import ProofError

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"")
MAX_SIZE: Final = 2**63 - 1  # of a tree, as every reader of the C2SP forms has it
MAX_PATH: Final = 63  # hashes of a proof in the largest tree

Subtree = Callable[[int, int], bytes]  # first entry, entry behind the last → the hash over them


def entry_hash(entry: bytes) -> bytes:
    """The leaf of an entry (RFC 6962 §2.1)."""
    return sha256(b"\x00" + entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node over two."""
    return sha256(b"\x01" + left + right)


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes in a row; all but the last stand over equally many entries.

    Level by level a last one without a neighbour is handed up as it is: the same tree as the
    standard's, which splits at the greatest power of two.
    """
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [node_hash(left, right) for left, right in pairs]
        level = above + level[2 * len(above) :]
    return level[0]


def split(count: int) -> int:
    """Where a tree of at least two entries parts: the greatest power of two below its size."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes that lead from an entry to the root, its neighbour first (RFC 6962 §2.1.1).

    Args:
        subtree: tells the hash over a range of entries of this tree.

    Raises:
        ProofError: `index_beyond_tree`.
    """
    _check_index(index, size)
    return [subtree(low, high) for low, high in _neighbours(index, index + 1, size)]


def consistency_path(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes that show that a tree goes on where an older one ended (RFC 6962 §2.1.2).

    Empty where there is nothing to show: the older tree is empty or of the same size.

    Raises:
        ProofError: `tree_shrank`.
    """
    _check_growth(old, size)
    if old in (0, size):
        return []
    last = old & (old - 1)  # where the last node of the older tree begins
    own = [subtree(last, old)] if last else []
    return own + [subtree(low, high) for low, high in _neighbours(last, old, size)]


def check_inclusion(leaf: bytes, index: int, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """That an entry stands at its index of a tree with this root (RFC 9162 §2.1.3.2).

    Raises:
        ProofError: `index_beyond_tree`, `proof_wrong_length`, `not_included`.
    """
    _check_index(index, size)
    neighbours = _neighbours(index, index + 1, size)
    _check_length(path, len(neighbours))
    if _rise(leaf, index, neighbours, path)[1] != root:
        raise ProofError("not_included", "another root", "the checkpoint's")


def check_consistency(
    old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> None:
    """That a tree begins with all entries of an older one (RFC 9162 §2.1.4.2).

    Raises:
        ProofError: `tree_shrank`, `proof_wrong_length`, `tree_forked`.
    """
    _check_growth(old, size)
    if old in (0, size):
        if path:
            raise ProofError("proof_wrong_length", f"{len(path)} hashes", "none")
        if old_root != (root if old else EMPTY_ROOT):
            raise ProofError("tree_forked", "another root", "the one of this size")
        return
    last = old & (old - 1)  # 0: the older tree is one node
    neighbours = _neighbours(last, old, size)
    _check_length(path, len(neighbours) + bool(last))
    node, *above = path if last else [old_root, *path]
    if _rise(node, last, neighbours, above) != (old_root, root):
        raise ProofError("tree_forked", "other roots", "those of both checkpoints")


def _neighbours(first: int, behind: int, size: int) -> list[tuple[int, int]]:
    """The ranges of entries that stand beside a node and beside what it rises to, from below.

    Args:
        first, behind: the node's entries, in a tree of this size.
    """
    neighbours, low, high = [], 0, size
    while (low, high) != (first, behind):
        middle = low + split(high - low)
        if behind <= middle:
            neighbours.append((middle, high))
            high = middle
        else:
            neighbours.append((low, middle))
            low = middle
    return neighbours[::-1]


def _rise(
    node: bytes, first: int, neighbours: Sequence[tuple[int, int]], hashes: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """The roots of the entries up to the end of a node, and of all, by its neighbours' hashes."""
    older = newer = node
    for (low, _high), neighbour in zip(neighbours, hashes, strict=True):
        if low < first:
            older, newer = node_hash(neighbour, older), node_hash(neighbour, newer)
        else:
            newer = node_hash(newer, neighbour)
    return older, newer


def _check_length(path: Sequence[bytes], wanted: int) -> None:
    if len(path) != wanted:
        expected = "fewer" if len(path) > wanted else "more"
        raise ProofError("proof_wrong_length", f"{len(path)} hashes", expected)


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError("index_beyond_tree", f"entry {index}", f"one of {size}")


def _check_growth(old: int, size: int) -> None:
    if not 0 <= old <= size <= MAX_SIZE:
        raise ProofError("tree_shrank", f"{size} entries", f"at least {old}")
