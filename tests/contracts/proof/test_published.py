"""What others have published: trees, tiles, notes and keys come out of our code alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from contracts.proof.checkpoint import parse_checkpoint
from contracts.proof.note import SignedNote, unb64
from contracts.proof.note_keys import NoteSigner, SignatureKind, open_note, parse_vkey
from contracts.proof.tiles import (
    Tile,
    TreeEdge,
    bundle_of,
    parse_path,
    read_bundle,
    tile_at,
)
from contracts.proof.tree import (
    check_consistency,
    check_inclusion,
    consistency_path,
    entry_hash,
    inclusion_path,
    root_of,
)
from tests.contracts.proof.log import tiles_of

PUBLISHED: Final = json.loads((Path(__file__).parent / "published.json").read_bytes())
TREE: Final = PUBLISHED["tree"]
LEAVES: Final = [entry_hash(bytes.fromhex(entry)) for entry in TREE["entries"]]
ROOTS: Final = [bytes.fromhex(root) for root in TREE["roots"]]
TILED: Final = PUBLISHED["tiles"]


def subtree(low: int, high: int) -> bytes:
    """The hash over a range of the published leaves."""
    return root_of(LEAVES[low:high])


def test_the_roots_of_the_reference_tree() -> None:
    """Of every size from none to eight, grown entry by entry and hashed at once."""
    edge, grown = TreeEdge(), [TreeEdge().root()]
    for leaf in LEAVES:
        edge.append(leaf)
        grown.append(edge.root())

    assert grown == ROOTS == [subtree(0, size) for size in range(9)]


def test_the_proofs_of_the_reference_tree() -> None:
    """Of inclusion and of consistency: made and accepted, hash by hash."""
    for index, size, path in TREE["inclusion"]:
        made = inclusion_path(index, size, subtree)
        assert [one.hex() for one in made] == path
        check_inclusion(LEAVES[index], index, size, ROOTS[size], made)
    for old, size, path in TREE["consistency"]:
        made = consistency_path(old, size, subtree)
        assert [one.hex() for one in made] == path
        check_consistency(old, ROOTS[old], size, ROOTS[size], made)


def test_a_log_that_another_program_wrote() -> None:
    """Its bundle, its tile, and each of its fifteen checkpoints, byte for byte, by its own key."""
    entries = [word.encode() for word in TILED["entries"]]
    raw = unb64(TILED["seed"], "seed")
    key = NoteSigner("example.com/log/testdata", SignatureKind.ED25519, raw[1:])

    edge = TreeEdge()
    for entry, published in zip(entries, TILED["checkpoints"], strict=True):
        edge.append(entry_hash(entry))
        note, _good = open_note(published.encode(), [parse_vkey(TILED["vkey"])])
        head = parse_checkpoint(note.text)
        again = SignedNote(head.text, (key.sign(head.text, 0),))
        assert (head.size, head.root) == (edge.size, edge.root())
        assert again.data == published.encode()

    assert key.key.vkey == TILED["vkey"]
    assert bundle_of(entries).hex() == TILED["bundle"]
    assert read_bundle(bytes.fromhex(TILED["bundle"]), 15) == entries
    assert dict(edge.partial()) == {Tile(0, 0, 15): bytes.fromhex(TILED["tile"])}


@pytest.mark.parametrize("published", PUBLISHED["notes"])
def test_a_note_that_is_no_checkpoint(published: dict[str, str]) -> None:
    """The first of all signed notes opens by its author's key."""
    key = parse_vkey(published["vkey"])

    note, good = open_note(published["note"].encode(), [key])

    assert [signed for signed, _line in good] == [key]
    assert note.data == published["note"].encode()


@pytest.mark.parametrize("vkey", PUBLISHED["vkeys"])
def test_the_key_of_a_witness(vkey: str) -> None:
    """Its id is the one that its maker came to."""
    assert parse_vkey(vkey).vkey == vkey


@pytest.mark.parametrize(("level", "number", "width", "path"), PUBLISHED["paths"])
def test_paths_of_the_standard(level: int, number: int, width: int, path: str) -> None:
    """There and back."""
    tile = Tile(level, number, width)

    assert tile.path == path
    assert parse_path(path) == tile


def test_the_tiles_of_the_standards_example() -> None:
    """70,000 entries: 273 full tiles and one of 112, one and one of 17, one of one."""
    tiles = [tile for tile in tiles_of(70_000) if tile.level >= 0]

    full = [tile for tile in tiles if tile.width == 256]
    assert len(full) == 274
    partial = [[tile.level, tile.number, tile.width] for tile in tiles if tile.width < 256]
    assert partial == PUBLISHED["seventy_thousand"]
    assert tile_at(1, 0, 256) == Tile(1, 0, 1)
