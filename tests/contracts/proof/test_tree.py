"""Trees and tiles of any size: what grows, is read back, or would be another proof."""

from __future__ import annotations

from functools import cache
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import ProofError
from contracts.proof.tiles import (
    ENTRIES,
    MAX_ENTRY_BYTES,
    Tile,
    TileHashes,
    TreeEdge,
    bundle_of,
    parse_path,
    read_bundle,
    tile_at,
    tile_reader,
)
from contracts.proof.tree import (
    EMPTY_ROOT,
    check_consistency,
    check_inclusion,
    consistency_path,
    entry_hash,
    inclusion_path,
    node_hash,
    split,
)
from tests.contracts.proof.log import in_memory

MOST: Final = 70_000
NUMBERS: Final = st.integers(0, 2**63 - 1)
SIZES: Final = (1, 2, 3, 255, 256, 257, 511, 512, 513, 4095, 65_535, 65_536, 65_537, MOST)


def leaf(number: int) -> bytes:
    """The leaf of an entry of that number."""
    return entry_hash(b"%d" % number)


OTHER: Final = entry_hash(b"of no tree")


@cache
def whole() -> tuple[dict[Tile, bytes], dict[int, bytes]]:
    """Tiles of a log over three levels, and its root at some sizes."""
    edge, tiles, roots = TreeEdge(), dict[Tile, bytes](), dict[int, bytes]()
    for number in range(MOST):
        tiles.update(edge.append(leaf(number)))
        if edge.size in SIZES:
            roots[edge.size] = edge.root()
            tiles.update(edge.partial())
    return tiles, roots


def by_the_book(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 §2.1 says it, and slowly."""
    if len(leaves) == 1:
        return leaves[0]
    at = split(len(leaves))
    return node_hash(by_the_book(leaves[:at]), by_the_book(leaves[at:]))


@pytest.mark.parametrize("size", SIZES)
def test_tiles_alone_give_the_root_and_the_edge_back(size: int) -> None:
    """Where tiles fill, and beside; the root is the standard's, and who has the files goes on."""
    tiles, roots = whole()
    read = in_memory(tiles)
    edge = TreeEdge.behind(size, read)

    assert TileHashes(size, read).root() == roots[size] == edge.root()
    if size < 600:
        assert roots[size] == by_the_book(list(map(leaf, range(size))))
        edge.append(leaf(size))
        assert edge.root() == by_the_book(list(map(leaf, range(size + 1))))


@settings(max_examples=40)
@given(size=st.sampled_from(SIZES), number=NUMBERS, at=NUMBERS)
def test_each_entry_is_proved_and_no_other(size: int, number: int, at: int) -> None:
    """A proof holds for its entry, index, size and root, and for nothing else."""
    tiles, roots = whole()
    index, root = number % size, roots[size]
    path = inclusion_path(index, size, TileHashes(size, in_memory(tiles)).subtree)

    check_inclusion(leaf(index), index, size, root, path)

    wrong = [
        (leaf(index + 1), index, size, root, path),
        (leaf(index), index, size, OTHER, path),
        (leaf(index), index, size, root, [*path, OTHER]),
        (leaf(index), index + size, size, root, path),
    ]
    if path:
        at %= len(path)
        wrong += [
            (leaf(index), index, size, root, path[:-1]),
            (leaf(index), index, size, root, path[1:]),
            (leaf(index), index, size, root, [*path[:at], OTHER, *path[at + 1 :]]),
            (leaf(index), index ^ 1, size, root, path),
        ]
    for given_ in wrong:
        with pytest.raises(ProofError):
            check_inclusion(*given_)


@settings(max_examples=40)
@given(pair=st.tuples(st.sampled_from(SIZES), st.sampled_from(SIZES)), at=NUMBERS)
def test_growth_is_proved_and_a_fork_is_not(pair: tuple[int, int], at: int) -> None:
    """A tree that begins with another one is shown to; one with another beginning is not."""
    tiles, roots = whole()
    old, size = min(pair), max(pair)
    path = consistency_path(old, size, TileHashes(size, in_memory(tiles)).subtree)

    check_consistency(old, roots[old], size, roots[size], path)

    wrong = [
        (old, OTHER, size, roots[size], path),
        (old, roots[old], size, OTHER, path),
        (old, roots[old], size, roots[size], [*path, OTHER]),
    ]
    if path:
        at %= len(path)
        wrong += [
            (old, roots[old], size, roots[size], path[:-1]),
            (old, roots[old], size, roots[size], [*path[:at], OTHER, *path[at + 1 :]]),
            (old, roots[old], size, roots[size], []),
            (size, roots[size], old, roots[old], path),
        ]
    for given_ in wrong:
        with pytest.raises(ProofError):
            check_consistency(*given_)


def test_growth_from_nothing_needs_no_hash() -> None:
    """Whatever tree there is, it begins with the empty one; the empty one has one root."""
    check_consistency(0, EMPTY_ROOT, 5, leaf(5), [])

    for given_ in ((0, leaf(0), 5, leaf(5), []), (0, EMPTY_ROOT, 5, leaf(5), [leaf(1)])):
        with pytest.raises(ProofError):
            check_consistency(*given_)


@given(tile=st.builds(Tile, st.integers(-1, 6), st.integers(0, 127), st.integers(1, 256)))
def test_a_path_is_its_tiles_alone(tile: Tile) -> None:
    """There and back, below a prefix without escape."""
    assert parse_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1", "tile/0/0001", "tile/0/x000/001", "tile/8/000", "tile/00/000", "tile/-1/000",
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/",
        "tile/0/../000", "/tile/0/000", "tile/0/000/", "tile/entries/x00a/000", "tile/0/٠٠٠",
        "tile/7/999",
        "tile/0/" + "x999/" * 5000 + "999", "", "checkpoint",
    ],
)  # fmt: skip
def test_another_path_is_no_tile(path: str) -> None:
    """Nothing leads out of the folder, and no tile has two names."""
    with pytest.raises(ProofError, match="tile_path_malformed"):
        parse_path(path)


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=40))
def test_a_bundle_is_read_as_it_was_made(entries: list[bytes]) -> None:
    """Whatever the entries hold; and longer, cut, or of another number, it is none."""
    bundle, number = bundle_of(entries), len(entries)

    assert read_bundle(bundle, number) == entries
    for data, width in ((bundle + b"\0", number), (bundle[:-1], number), (bundle, number + 1)):
        with pytest.raises(ProofError, match="bundle_malformed"):
            read_bundle(data, width)


def test_an_entry_that_two_bytes_cannot_count_is_refused() -> None:
    """When it is made, and not by who reads it."""
    assert len(bundle_of([bytes(MAX_ENTRY_BYTES)])) == MAX_ENTRY_BYTES + 2

    with pytest.raises(ProofError, match="entry_too_large"):
        bundle_of([bytes(MAX_ENTRY_BYTES + 1)])


def test_a_tile_beyond_the_tree_is_none() -> None:
    """Nobody asks for what a checkpoint has not."""
    for level, number, size in ((0, 1, 256), (1, 0, 255), (0, -1, 5), (9, 0, 5), (ENTRIES, 3, 700)):
        with pytest.raises(ProofError, match="tile_beyond_tree"):
            tile_at(level, number, size)


def test_a_tile_of_another_length_is_refused() -> None:
    """Cut files are told, before a hash of them is used."""
    with pytest.raises(ProofError, match="tile_malformed"):
        TileHashes(3, tile_reader(lambda _path: bytes(95), KeyError)).root()
