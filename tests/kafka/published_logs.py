"""The logs that an audit service has published of a realm, read as any stranger reads them."""

from __future__ import annotations

import shutil
from pathlib import Path

from contracts.log.entry_chain import EntryChain
from contracts.log.orders.registry import Registry
from contracts.proof.checkpoint import Checkpoint, origin_of, parse_checkpoint
from contracts.proof.log_keys import log_signers
from contracts.proof.note import SignedNote, parse_note
from contracts.proof.note_keys import NoteKey, NoteSigner, SignatureKind, open_note
from contracts.proof.signed_policy import policy_text, sign_policy
from contracts.proof.tiles import ENTRIES, Tile, TileHashes, read_bundle, tiles_of
from contracts.proof.tree import entry_hash
from contracts.vocabulary import topics
from tests.contracts.envelope.kit import NOW, realm
from tests.kafka import kit

WITNESS = NoteSigner("relais.local/witness", SignatureKind.COSIGNATURE, b"w" * 32)
SECRET = b"of the log of the tests, 32 byte"


def give_secret(home: Path) -> None:
    """What the auditor of the test signs its log with."""
    file = home / "keys" / kit.REALM / "log.secret"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(SECRET)
    file.chmod(0o600)


def keys_of(number: int) -> list[NoteKey]:
    """The public keys of a partition's log."""
    origin = origin_of("local", kit.REALM, number)
    return [signer.key for signer in log_signers(SECRET, origin)]


def folder_of(home: Path, number: int) -> Path:
    """Where a partition's log lies."""
    return home / "state" / "log" / f"{kit.REALM}-{number}"


def head_of(data: bytes, number: int) -> Checkpoint:
    """A checkpoint that both keys of a partition's log have signed."""
    note, good = open_note(data, keys_of(number))
    assert [key.kind for key, _line in good] == [key.kind for key in keys_of(number)]
    return parse_checkpoint(note.text)


def heads(home: Path) -> dict[int, Checkpoint]:
    """The checkpoints that are there."""
    numbers = range(topics.PARTITIONS)
    paths = {number: folder_of(home, number) / "checkpoint" for number in numbers}
    return {
        number: head_of(path.read_bytes(), number)
        for number, path in paths.items()
        if path.exists()
    }


def entries_of(home: Path, number: int, head: Checkpoint) -> list[bytes]:
    """All entries of a log, every file of which comes to its checkpoint."""
    folder, entries = folder_of(home, number), list[bytes]()

    def read(tile: Tile) -> bytes:
        return (folder / tile.path).read_bytes()

    assert TileHashes(head.size, read).root() == head.root
    for tile in tiles_of(head.size):
        if tile.level == ENTRIES:
            entries += read_bundle(read(tile), tile.width)
        if tile.level == 0:
            at = 256 * tile.number
            assert read(tile) == b"".join(map(entry_hash, entries[at : at + tile.width]))
    return entries


async def on_kafka(bootstrap: str) -> dict[int, list[bytes]]:
    """What a reader of `decisions` takes for each partition's log."""
    topic, control = topics.decisions(kit.REALM), topics.control(kit.REALM)
    read = await kit.read(bootstrap, topic, control)
    registry = Registry(kit.REALM, kit.owners())
    registry.extend(record.value for record in read[control])
    numbers = range(topics.PARTITIONS)
    chains = {number: EntryChain(kit.REALM, number, registry) for number in numbers}
    taken: dict[int, list[bytes]] = {number: [] for number in numbers}
    for record in read[topic]:
        number = record.partition
        taken[number] += chains[number].step(record.value or b"", record.headers)
    return taken


def cosigned(home: Path) -> Path:
    """The logs as published, cosigned by one witness, under the owners' policy in the home."""
    copy = Path(shutil.copytree(home / "state" / "log", home / "cosigned"))
    keys = [keys_of(number)[0] for number in range(topics.PARTITIONS)]
    text = policy_text(keys, {"w": WITNESS.key}, 1)
    keeper = realm(kit.REALM).keeper
    (home / f"tlog-policy.{kit.REALM}").write_bytes(text)
    (home / f"tlog-policy.{kit.REALM}.jws").write_text(sign_policy(text, kit.REALM, NOW, keeper))
    for number in range(topics.PARTITIONS):
        path = copy / f"{kit.REALM}-{number}" / "checkpoint"
        note = parse_note(path.read_bytes())
        lines = (*note.signatures, WITNESS.sign(note.text, NOW))
        path.write_bytes(SignedNote(note.text, lines).data)
    return copy
