"""The Merkle tree of RFC 6962 §2.1 (RFC 9162 §2.1): hashes, and proofs made and held to a root.

Sizes and indexes count entries. A hash is 32 bytes of SHA-256.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    path, low, high = [], 0, size
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low = middle
    return path[::-1]


def consistency_path(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes that show that a tree goes on where an older one ended (RFC 6962 §2.1.2).

    Empty where there is nothing to show: the older tree is empty or of the same size.

    Raises:
        ProofError: `tree_shrank`.
    """
    _check_growth(old, size)
    if old in (0, size):
        return []
    path, low, high, is_whole = [], 0, size, True
    while old != high:
        middle = low + split(high - low)
        if old <= middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low, is_whole = middle, False
    if not is_whole:
        path.append(subtree(low, high))
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """That an entry stands at its index of a tree with this root (RFC 9162 §2.1.3.2).

    Raises:
        ProofError: `index_beyond_tree`, `proof_wrong_length`, `not_included`.
    """
    _check_index(index, size)
    reached = leaf
    for neighbour, is_left in _climbed(index, size - 1, path, len(path)):
        reached = node_hash(neighbour, reached) if is_left else node_hash(reached, neighbour)
    if reached != root:
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
        before = EMPTY_ROOT if old == 0 else root
        if path:
            raise ProofError("proof_wrong_length", f"{len(path)} hashes", "none")
        if old_root != before:
            raise ProofError("tree_forked", "another root", "the one of this size")
        return
    hashes = ([old_root] if old & (old - 1) == 0 else []) + list(path)
    if not hashes:
        raise ProofError("proof_wrong_length", "no hash", "more")
    number, last = old - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    older = newer = hashes[0]
    for neighbour, is_left in _climbed(number, last, hashes[1:], len(path)):
        if is_left:
            older, newer = node_hash(neighbour, older), node_hash(neighbour, newer)
        else:
            newer = node_hash(newer, neighbour)
    if older != old_root or newer != root:
        raise ProofError("tree_forked", "other roots", "those of both checkpoints")


def _climbed(
    number: int, last: int, path: Sequence[bytes], given: int
) -> Iterator[tuple[bytes, bool]]:
    """Each hash of a path from below to the root, and whether it stands left of what was reached.

    Args:
        number, last: the node that it begins at, and the last one beside it (`fn`, `sn` of
            RFC 9162 §2.1.3.2).
        given: hashes in the whole path, as an error tells them.

    Raises:
        ProofError: `proof_wrong_length`.
    """
    for neighbour in path:
        if last == 0:
            raise ProofError("proof_wrong_length", f"{given} hashes", "fewer")
        is_left = bool(number & 1) or number == last
        yield neighbour, is_left
        while is_left and not number & 1 and number:
            number, last = number >> 1, last >> 1
        number, last = number >> 1, last >> 1
    if last:
        raise ProofError("proof_wrong_length", f"{given} hashes", "more")


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError("index_beyond_tree", f"entry {index}", f"one of {size}")


def _check_growth(old: int, size: int) -> None:
    if not 0 <= old <= size <= MAX_SIZE:
        raise ProofError("tree_shrank", f"{size} entries", f"at least {old}")
