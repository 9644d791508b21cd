"""All that has to be known of a tree's first entries to go on behind them: a hash over each whole subtree.

At most 63 hashes, whatever the size of the tree; those of an inclusion path that stand left are such hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from contracts.proof.tree import EMPTY_ROOT, node_hash


class CompactRange:
    """The entries from a log's first one up to some number, by hashes alone.

    Attributes:
        size: entries in it.
    """

    def __init__(self, size: int = 0, subtrees: Sequence[bytes] = ()) -> None:
        """Begin behind so many entries.

        Args:
            subtrees: the hashes over them, the largest subtree first (`tree.subtrees_before`).
        """
        self.size = size
        self._subtrees = list(subtrees)

    def append(self, leaf: bytes) -> None:
        """Add an entry by its leaf."""
        hashes, rest = self._subtrees, self.size
        while rest & 1:
            leaf, rest = node_hash(hashes.pop(), leaf), rest >> 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over them."""
        if not self._subtrees:
            return EMPTY_ROOT
        *above, last = self._subtrees
        return reduce(lambda right, left: node_hash(left, right), reversed(above), last)

    def __repr__(self) -> str:
        return f"CompactRange({self.size} entries)"
