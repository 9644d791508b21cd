"""A log in memory, its keys and a policy that trusts them: what proofs are tried on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contracts.proof.checkpoint import Checkpoint
from contracts.proof.note import SignedNote
from contracts.proof.note_keys import NoteSigner, SignatureKind
from contracts.proof.policy import TrustPolicy, parse_policy
from contracts.proof.proof_file import InclusionProof
from contracts.proof.tiles import (
    ENTRIES,
    HEIGHT,
    MAX_LEVEL,
    WIDTH,
    ReadTile,
    Tile,
    TileHashes,
    TreeEdge,
    bundle_of,
    read_hashes,
    tile_at,
)
from contracts.proof.tree import entry_hash, inclusion_path

ORIGIN = "relais.test/civil-0"
AT = 1_790_000_000


def signer(name: str, kind: SignatureKind, number: int) -> NoteSigner:
    """A key that the number alone makes."""
    return NoteSigner(name, kind, bytes((number, kind)) * 16)


LOG = [signer(ORIGIN, kind, 1) for kind in (SignatureKind.ED25519, SignatureKind.ML_DSA_44)]
WITNESSES = [
    signer("education.example/witness", SignatureKind.COSIGNATURE, 2),
    signer("justice.example/witness", SignatureKind.ML_DSA_44, 3),
    signer("police.example/witness", SignatureKind.COSIGNATURE, 4),
]
POLICY_TEXT = "".join(
    (
        "# Who keeps the log of the tests, and who watches it.\n",
        *(f"log {key.key.vkey}\n" for key in LOG),
        *(f"witness w{at} {key.key.vkey}\n" for at, key in enumerate(WITNESSES)),
        "group agencies 2 w0 w1 w2\nquorum agencies\n",
    )
)


def policy() -> TrustPolicy:
    """Two witnesses of three."""
    return parse_policy(POLICY_TEXT.encode())


def note(text: bytes, *by: NoteSigner) -> bytes:
    """A note of this text that they have signed."""
    return SignedNote(text, tuple(key.sign(text, AT) for key in by)).data


def tiles_of(size: int) -> Iterator[Tile]:
    """Every file of a tree: entries first, then upwards."""
    for level in range(ENTRIES, MAX_LEVEL + 1):
        width = size >> HEIGHT * max(level, 0)
        yield from (tile_at(level, number, size) for number in range(-(-width // WIDTH)))


def in_memory(tiles: Mapping[Tile, bytes]) -> ReadTile:
    """Reads the hashes that tiles hold."""
    return lambda tile: read_hashes(tiles[tile], tile.width)


@dataclass
class MemoryLog:
    """A log and all tiles that it has ever had."""

    entries: list[bytes] = field(default_factory=list)
    tiles: dict[Tile, bytes] = field(default_factory=dict)
    edge: TreeEdge = field(default_factory=TreeEdge)

    def add(self, entries: Iterable[bytes]) -> MemoryLog:
        """Add entries, then write what a checkpoint of that size needs."""
        for entry in entries:
            self.entries.append(entry)
            self.tiles.update(self.edge.append(entry_hash(entry)))
        self.tiles.update(self.edge.partial())
        for tile in tiles_of(self.edge.size):
            if tile.level == ENTRIES:
                at = 256 * tile.number
                self.tiles[tile] = bundle_of(self.entries[at : at + tile.width])
        return self

    @property
    def head(self) -> Checkpoint:
        """Where it stands."""
        return Checkpoint(ORIGIN, self.edge.size, self.edge.root())

    def hashes(self) -> TileHashes:
        """What the tiles say."""
        return TileHashes(self.edge.size, in_memory(self.tiles))

    def published(self, by: Iterable[NoteSigner] = (*LOG, *WITNESSES)) -> bytes:
        """A checkpoint, signed."""
        return note(self.head.text, *by)

    def files(self, by: Iterable[NoteSigner] = (*LOG, *WITNESSES)) -> dict[str, bytes]:
        """What its operator hands out: path -> content."""
        tiles = {tile.path: data for tile, data in self.tiles.items()}
        return tiles | {"checkpoint": self.published(by)}

    def write(self, folder: Path) -> Path:
        """Lay these files into a folder; returns it."""
        for name, data in self.files().items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return folder

    def proof(self, index: int, by: Iterable[NoteSigner] = (*LOG, *WITNESSES)) -> InclusionProof:
        """A proof of an entry, under the checkpoint of now."""
        path = inclusion_path(index, self.edge.size, self.hashes().subtree)
        return InclusionProof(index, tuple(path), self.published(by), self.entries[index])
