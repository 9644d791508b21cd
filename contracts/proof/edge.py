"""The right edge of a tree that grows: all that has to be known of it to go on, and its root.

At most 255 hashes a level, whatever the size of the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from contracts.errors import ProofError
from contracts.proof.tiles import HEIGHT, MAX_LEVEL, WIDTH, Tile, read_hashes, tile_at
from contracts.proof.tree import EMPTY_ROOT, HASH_BYTES, MAX_SIZE, root_of


class TreeEdge:
    """A tree that entries are added to.

    Attributes:
        size: entries in it.
    """

    def __init__(self) -> None:
        self.size = 0
        self._levels: list[list[bytes]] = [[] for _ in range(MAX_LEVEL + 1)]

    @classmethod
    def behind(cls, size: int, read: Callable[[Tile], bytes]) -> TreeEdge:
        """The edge of a tree that stands in tiles.

        Args:
            read: the bytes of a tile of hashes.

        Raises:
            ProofError: `tile_malformed`.
        """
        edge = cls()
        edge.size = size
        for level in range(len(edge._levels)):
            total = size >> HEIGHT * level
            if total % WIDTH:
                tile = tile_at(level, total // WIDTH, size)
                edge._levels[level] = read_hashes(read(tile), tile.width)
        return edge

    def append(self, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """Add an entry by its leaf; the tiles that have become full by it, with their bytes.

        Raises:
            ProofError: `index_beyond_tree`: the tree is full.
        """
        if self.size >= MAX_SIZE:
            raise ProofError("index_beyond_tree", f"entry {self.size}", f"at most {MAX_SIZE}")
        full, rising = [], leaf
        self.size += 1
        for level, hashes in enumerate(self._levels):
            hashes.append(rising)
            if len(hashes) < WIDTH:
                break
            number = (self.size >> HEIGHT * (level + 1)) - 1
            full.append((Tile(level, number), b"".join(hashes)))
            rising = root_of(hashes)
            hashes.clear()
        return full

    def partial(self) -> Iterator[tuple[Tile, bytes]]:
        """The tiles that are not full, with their bytes."""
        for level, hashes in enumerate(self._levels):
            if hashes:
                number = self.size >> HEIGHT * (level + 1)
                yield Tile(level, number, len(hashes)), b"".join(hashes)

    def root(self) -> bytes:
        """The root as it is now."""
        below: list[bytes] = []
        for hashes in self._levels:
            if hashes or below:
                below = [root_of([*hashes, *below])]
        return below[0] if below else EMPTY_ROOT

    def __repr__(self) -> str:
        return f"TreeEdge({self.size} entries, {HASH_BYTES * sum(map(len, self._levels))} bytes)"
