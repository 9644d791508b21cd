"""A store's file read without LMDB: each page once, each row held to its place, all rows to one sum.

LMDB trusts its file. Spoilt pages can end the process that reads them; a separator that is off hides
rows that are there; a spoilt list of free pages lets it write over others long after all rows were
found sound. So a start reads the file itself first, by the format of LMDB 0.9 (its `mdb.c`: `MDB_page`,
`MDB_node`, `MDB_db`, `MDB_meta`) on a little-endian machine: a file of any other form is refused.

    meta, meta, then pages by number: branches, leaves, and values too long for a leaf
    free list    transaction -> numbers of the pages that it left behind
    main         our own few rows, and name of a table -> its tree

Every page is in one tree or one free list, in none twice. The nodes of a page tile it; keys ascend, and
lie between the separators above them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from mmap import PAGESIZE
from operator import lt
from pathlib import Path
from struct import Struct, error, unpack, unpack_from
from typing import Final, NamedTuple
from zlib import adler32, crc32

SUMS: Final = 1 << 64
_MAGIC: Final = 0xBEEFC0DE
_METAS: Final = 2  # pages
_DEEPEST: Final = 32
_MAX_KEY: Final = 511
_UNWRITTEN: Final = 1 << 20  # pages, free ones, that a file may end before
_NONE: Final = (1 << 64) - 1  # root of an empty tree
_FREE_FLAGS: Final = 0x4008  # `MDB_NOSUBDIR`, `MDB_INTEGERKEY`; our own trees have none
_BRANCH, _LEAF, _OVERFLOW = 1, 2, 4
_PLAIN, _LONG, _TREE_NODE = 0, 1, 2
_PAGE: Final = Struct("<QHHHH")  # number, -, kind, end of the pointers, begin of the nodes
_NODE: Final = Struct("<HHHH")  # size or child's number, two more pieces of it, size of the key
_TREE: Final = Struct("<IHHQQQQQ")
_META: Final = Struct("<IIQQ48s48sQQ")
_RUN: Final = Struct("<QHHI")  # number, -, kind, pages: of the first page of a long value


class SpoiltError(Exception):
    """A file that LMDB would stumble over, or that none of ours is."""


class Tree(NamedTuple):
    """A tree as the file has it."""

    page_bytes: int
    flags: int
    depth: int
    branches: int
    leaves: int
    overflows: int
    entries: int
    root: int


Row = tuple[bytes, int, bytes]  # key, kind of node, value


@dataclass(slots=True)
class _Walk:
    """What has been met of one tree."""

    tree: Tree
    turned: bool  # keys are numbers, whose first byte is the lowest
    low: bytes = b""  # no key that follows is lower
    branches: int = 0
    leaves: int = 0
    overflows: int = 0
    entries: int = 0


@dataclass(slots=True)
class Found:
    """What a sound file holds.

    Attributes:
        own: rows beside the tables.
        total: sum of all rows of all tables (`row_check`).
    """

    own: dict[str, bytes] = field(default_factory=dict)
    total: int = 0


def row_check(name: str, key: bytes, value: bytes) -> int:
    """What a row adds to a store's sum: it tells damage, and costs a tenth of a digest."""
    seed = crc32(key, crc32(name.encode()))
    return crc32(value, seed) << 32 | adler32(value, seed)


def look_through(path: Path) -> Found:
    """Read a whole file.

    Raises:
        SpoiltError: it is not to be opened.
        OSError: it cannot be read.
    """
    file = os.open(path, os.O_RDONLY)
    try:
        return _StoreFile(file).look_through()
    except (error, IndexError, ValueError) as wrong:
        raise SpoiltError(type(wrong).__name__) from wrong
    finally:
        os.close(file)


class _StoreFile:
    def __init__(self, file: int) -> None:
        self._file = file
        metas = [self._meta(number) for number in range(_METAS)]
        _, _, _, _, free, main, last, self._transaction = max(metas, key=lambda meta: meta[-1])
        self._free, self._main = Tree(*_TREE.unpack(free)), Tree(*_TREE.unpack(main))
        _hold(self._free.flags == _FREE_FLAGS and self._free.page_bytes == PAGESIZE, "meta")
        _hold(_METAS <= last + 1 <= os.fstat(file).st_size // PAGESIZE + _UNWRITTEN, "pages")
        self._met = bytearray(last + 1)
        self._met[:_METAS] = b"\1" * _METAS

    def look_through(self) -> Found:
        """All that the file holds."""
        for rows in self._leaves(self._free, turned=True):
            for key, kind, value in rows:
                _hold(kind == _PLAIN, "free list")
                self._give_back(int.from_bytes(key, "big"), value)
        whole, trees = Found(), dict[str, Tree]()
        for rows in self._leaves(self._main):
            for key, kind, value in rows:
                if kind == _TREE_NODE:
                    trees[key.decode()] = Tree(*_TREE.unpack(value))
                else:
                    whole.own[key.decode()] = value
        for name, tree in trees.items():
            start = crc32(name.encode())
            for rows in self._leaves(tree):
                for key, kind, value in rows:
                    _hold(kind == _PLAIN, "row")
                    seed = crc32(key, start)
                    whole.total += crc32(value, seed) << 32 | adler32(value, seed)
        whole.total %= SUMS
        _hold(0 not in self._met, "a page that nobody has")
        return whole

    def _meta(self, number: int) -> tuple[int, int, int, int, bytes, bytes, int, int]:
        page = self._read(number, 1)
        own, _, kind, _, _ = _PAGE.unpack_from(page)
        meta = _META.unpack_from(page, _PAGE.size)
        magic, version, transaction = meta[0], meta[1], meta[-1]
        _hold((own, kind, magic, version) == (number, 8, _MAGIC, 1), "meta")
        _hold(not transaction or transaction % _METAS == number, "meta")
        return meta

    def _read(self, number: int, pages: int) -> bytes:
        data = os.pread(self._file, pages * PAGESIZE, number * PAGESIZE)
        _hold(len(data) == pages * PAGESIZE, "end of file")
        return data

    def _meet(self, number: int, pages: int = 1) -> None:
        """Take note of pages, each of which has one owner alone."""
        _hold(self._met[number : number + pages] == bytes(pages), "page twice, or none")
        self._met[number : number + pages] = b"\1" * pages

    def _give_back(self, transaction: int, told: bytes) -> None:
        """Take note of the pages that a transaction left behind."""
        count, *pages = unpack(f"<{len(told) // 8}Q", told)
        _hold(1 <= transaction <= self._transaction and count == len(pages), "free list")
        _hold(all(map(lt, pages[1:], pages)), "free list")
        for number in pages:
            self._meet(number)

    def _leaves(self, tree: Tree, *, turned: bool = False) -> Iterator[list[Row]]:
        """The rows of each leaf of a tree, in order."""
        walk = _Walk(tree, turned)
        if tree.root != _NONE:
            _hold(turned or tree.flags == 0, "flags")
            _hold(0 < tree.depth <= _DEEPEST, "depth")
            yield from self._below(tree.root, 1, walk)
        counted = (walk.branches, walk.leaves, walk.overflows, walk.entries)
        _hold(counted == tree[3:7] and (walk.leaves > 0) == (tree.depth > 0), "counts")

    def _below(self, number: int, depth: int, walk: _Walk) -> Iterator[list[Row]]:
        self._meet(number)
        page = self._read(number, 1)
        own, _, kind, lower, upper = _PAGE.unpack_from(page)
        _hold(own == number and _PAGE.size < lower <= upper, "page")
        places = unpack_from(f"<{(lower - _PAGE.size) // 2}H", page, _PAGE.size)
        if depth == walk.tree.depth:
            _hold(kind == _LEAF, "leaf")
            walk.leaves += 1
            yield self._rows(page, places, upper, walk)
            return
        _hold(kind == _BRANCH, "branch")
        walk.branches += 1
        ends = []
        for at, place in enumerate(places):
            low, middle, high, size = _NODE.unpack_from(page, place)
            ends.append(place + _NODE.size + size + size % 2)
            key = page[place + _NODE.size : place + _NODE.size + size]
            if at:  # the first has none, or one of before
                key = key[::-1] if walk.turned else key
                _hold(walk.low < key, "separator")
                walk.low = key
            yield from self._below(low | middle << 16 | high << 32, depth + 1, walk)
        _tiled(places, ends, upper)

    def _rows(self, page: bytes, places: Sequence[int], upper: int, walk: _Walk) -> list[Row]:
        rows, ends = [], []
        for place in places:
            low, high, kind, size = _NODE.unpack_from(page, place)
            begin = place + 8 + size
            key, length = page[place + 8 : begin], low | high << 16
            if kind == _LONG:
                end, kind = begin + 8, _PLAIN
                value = self._long(int.from_bytes(page[begin:end], "little"), length, walk)
            else:
                end = begin + length
                value = page[begin:end]
            ends.append(end + end % 2)
            rows.append((key[::-1] if walk.turned else key, kind, value))
        _tiled(places, ends, upper)
        keys = [row[0] for row in rows]
        _hold(len(keys[0]) > 0 and max(map(len, keys)) <= _MAX_KEY, "key")
        _hold(not keys[0] < walk.low and all(map(lt, keys, keys[1:])), "order")
        walk.low = keys[-1]  # which the next separator is higher than
        walk.entries += len(keys)
        return rows

    def _long(self, number: int, length: int, walk: _Walk) -> bytes:
        """A value that has pages of its own, some to spare if it was longer before."""
        own, _, kind, pages = _RUN.unpack_from(self._read(number, 1))
        _hold((own, kind) == (number, _OVERFLOW), "long value")
        _hold(_RUN.size + length <= pages * PAGESIZE <= len(self._met) * PAGESIZE, "long value")
        self._meet(number, pages)
        walk.overflows += pages
        return self._read(number, pages)[_RUN.size : _RUN.size + length]


def _tiled(places: Sequence[int], ends: Sequence[int], upper: int) -> None:
    """Hold the nodes of a page to fill its end, without a gap or an overlap."""
    starts = sorted(places)
    _hold(starts[0] == upper and sorted(ends) == [*starts[1:], PAGESIZE], "nodes")


def _hold(is_so: bool, what: str) -> None:
    if not is_so:
        raise SpoiltError(what)
