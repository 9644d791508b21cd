"""A tree as files (C2SP tlog-tiles): rows of 256 hashes, and bundles of the entries below them.

    tile/0/000           leaves 0 to 255           tile/entries/000        the entries themselves
    tile/0/x001/234.p/7  the last seven, so far    tile/1/000              roots of full tiles below

A full tile and its bundle never change. Whatever a reader takes from files is only as good as the
root that it comes to: nothing here is believed, it is held to a checkpoint (`tree.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.errors import ProofError
from contracts.proof.tree import EMPTY_ROOT, HASH_BYTES, MAX_SIZE, root_of, split

WIDTH: Final = 256  # hashes of a full tile
HEIGHT: Final = 8  # levels of the tree in a tile
MAX_LEVEL: Final = 7  # that a tree of `MAX_SIZE` has tiles of
MAX_ENTRY_BYTES: Final = 65_535  # what the two bytes before an entry can tell
ENTRIES: Final = -1  # in place of a level: the entries themselves
ReadFile = Callable[[str], bytes]  # a log's file by its path below the log's prefix
_PATH: Final = re.compile(
    r"tile/(entries|[0-7])/((?:x\d{3}/){0,6}\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One file of a tree.

    Attributes:
        level: 0: of leaves; `ENTRIES`: of entries.
        number: within its level, from 0.
        width: hashes or entries in it, 1 to 256.
    """

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies below the log's prefix."""
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        level = "entries" if self.level == ENTRIES else str(self.level)
        part = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{number}{part}"

    @property
    def full(self) -> Tile:
        """The tile that it becomes once it is full."""
        return Tile(self.level, self.number)


ReadTile = Callable[[Tile], list[bytes]]  # the hashes of a tile, or the entries


def parse_path(path: str) -> Tile:
    """The tile of a path, which is the only one of that tile.

    Raises:
        ProofError: `tile_path_malformed`.
    """
    match = _PATH.fullmatch(path)
    if match:
        level = ENTRIES if match[1] == "entries" else int(match[1])
        width = int(match[3]) if match[3] else WIDTH
        tile = Tile(level, int(match[2].replace("x", "").replace("/", "")), width)
        if tile.path == path and tile.number <= MAX_SIZE // WIDTH ** (max(level, 0) + 1):
            return tile
    raise ProofError("tile_path_malformed", "another path", "tile/<L>/<N>[.p/<W>]")


def tile_at(level: int, number: int, size: int) -> Tile:
    """A tile as wide as a tree of this size has it.

    Raises:
        ProofError: `tile_beyond_tree`.
    """
    width = (size >> HEIGHT * max(level, 0)) - number * WIDTH
    if not 0 <= level - ENTRIES <= MAX_LEVEL + 1 or number < 0 or width < 1:
        raise ProofError("tile_beyond_tree", f"tile {number} of level {level}", f"size {size}")
    return Tile(level, number, min(width, WIDTH))


def bundle_of(entries: Iterable[bytes]) -> bytes:
    """The bytes of a bundle: before each entry its length, two bytes.

    Raises:
        ProofError: `entry_too_large`.
    """
    return b"".join([_counted(entry) + entry for entry in entries])


def read_bundle(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle, which are so many and nothing beside them.

    Raises:
        ProofError: `bundle_malformed`.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) <= width:
        behind = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or behind > len(data):
            raise ProofError("bundle_malformed", "a cut entry", f"{width} whole entries")
        entries.append(data[at + 2 : behind])
        at = behind
    if len(entries) != width:
        raise ProofError("bundle_malformed", f"{len(entries)} entries", f"{width}")
    return entries


def read_hashes(data: bytes, width: int) -> list[bytes]:
    """The hashes of a tile, which are so many.

    Raises:
        ProofError: `tile_malformed`.
    """
    if len(data) != width * HASH_BYTES:
        raise ProofError("tile_malformed", f"{len(data)} bytes", f"{width * HASH_BYTES}")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def tile_reader(read: ReadFile, gone: type[Exception]) -> ReadTile:
    """Reads a log's tiles; where a partial one is gone, the full one begins so.

    Args:
        read: raises `gone` of what is not there.
    """

    def read_tile(tile: Tile) -> list[bytes]:
        split_up = read_bundle if tile.level == ENTRIES else read_hashes
        try:
            return split_up(read(tile.path), tile.width)
        except gone:
            if tile == tile.full:
                raise
            return split_up(read(tile.full.path), WIDTH)[: tile.width]

    return read_tile


class TileHashes:
    """Hashes over ranges of a tree, from its tiles.

    Args:
        size: of the tree.
        read: the hashes of a tile; it may raise what it likes.
    """

    def __init__(self, size: int, read: ReadTile) -> None:
        self.size = size
        self._read = read
        self._kept: dict[Tile, list[bytes]] = {}  # of one proof: two a level

    def root(self) -> bytes:
        """The root of the whole tree."""
        return self.subtree(0, self.size) if self.size else root_of(())

    def subtree(self, low: int, high: int) -> bytes:
        """The hash over entries from `low` to before `high`: a node of this or an older tree.

        Raises:
            ProofError: `tile_beyond_tree`; what `read` raises.
        """
        count = high - low
        if count & (count - 1) == 0:
            return self._whole(low, count)
        middle = low + split(count)
        return root_of([self.subtree(low, middle), self.subtree(middle, high)])

    def _whole(self, low: int, count: int) -> bytes:
        """The hash over so many entries, a power of two."""
        level = (count.bit_length() - 1) // HEIGHT
        first, width = low >> HEIGHT * level, count >> HEIGHT * level
        hashes, at = self._hashes(level, first // WIDTH), first % WIDTH
        return root_of(hashes[at : at + width])

    def _hashes(self, level: int, number: int) -> Sequence[bytes]:
        tile = tile_at(level, number, self.size)
        if tile not in self._kept:
            self._kept[tile] = self._read(tile)
        return self._kept[tile]


class TreeEdge:
    """The right edge of a tree that entries are added to: all that it takes to go on.

    At most 255 hashes a level, whatever the size of the tree.

    Attributes:
        size: entries in it.
    """

    def __init__(self) -> None:
        self.size = 0
        self._levels: list[list[bytes]] = [[] for _ in range(MAX_LEVEL + 1)]

    @classmethod
    def behind(cls, size: int, read: ReadTile) -> TreeEdge:
        """The edge of a tree that stands in tiles; raises what `read` does."""
        edge = cls()
        edge.size = size
        for level in range(len(edge._levels)):
            total = size >> HEIGHT * level
            if total % WIDTH:
                edge._levels[level] = [*read(tile_at(level, total // WIDTH, size))]
        return edge

    def append(self, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """Add an entry by its leaf; the tiles that have become full by it, with their bytes."""
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

    def leaves(self, number: int) -> list[bytes]:
        """The leaves of a tile that is not full yet; none of another."""
        return list(self._levels[0]) if number == self.size // WIDTH else []

    def root(self) -> bytes:
        """The root as it is now."""
        below: list[bytes] = []
        for hashes in self._levels:
            if hashes or below:
                below = [root_of([*hashes, *below])]
        return below[0] if below else EMPTY_ROOT


def _counted(entry: bytes) -> bytes:
    if len(entry) > MAX_ENTRY_BYTES:
        raise ProofError("entry_too_large", f"{len(entry)} bytes", f"at most {MAX_ENTRY_BYTES}")
    return len(entry).to_bytes(2, "big")
