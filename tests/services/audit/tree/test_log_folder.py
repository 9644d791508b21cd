"""A log's files: whole after any end, one head a size, made anew with the same bytes."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint, parse_checkpoint
from contracts.proof.note_keys import log_signers, open_note
from contracts.proof.tiles import ENTRIES, TileHashes, tile_at, tile_reader
from services.audit.tree import log_folder
from services.audit.tree.log_folder import LogFolder
from services.platform.ports import Ports, given
from services.platform.store.memory import Memory
from services.platform.tree import tile_folder
from tests.contracts.proof.log import AT, LOG, ORIGIN, tiles_of

Opened = Callable[..., LogFolder]
ENTRIES_OF = [b'{"index":%d}' % number for number in range(700)]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens the test's log, as often as asked; the one before is given up as by a kill."""
    with ExitStack() as before:

        def again(**more: bool) -> LogFolder:
            before.close()
            log = LogFolder(tmp_path / "civil-0", memory_in(tmp_path), LOG, **more)
            return before.enter_context(closing(log))

        yield again


def memory_in(folder: Path) -> Memory:
    """The auditor's memory, as a new process opens it."""
    return Memory(folder / "memory.sqlite")


def grow(log: LogFolder, *sizes: int) -> LogFolder:
    """Add entries and publish at these sizes."""
    for size in sizes:
        while log.size < size:
            log.add(ENTRIES_OF[log.size])
        log.publish(AT, size)
    return log


def checked(folder: Path) -> Checkpoint:
    """A folder's checkpoint, signed by both keys, with all its files and entries."""
    note, good = open_note((folder / "checkpoint").read_bytes(), [key.key for key in LOG])
    head = parse_checkpoint(note.text)
    assert len(good) == 2

    read = tile_reader(lambda path: (folder / path).read_bytes(), LookupError)
    assert TileHashes(head.size, read).root() == head.root
    for tile in tiles_of(head.size):
        assert (folder / tile.path).exists()
        if tile.level == ENTRIES:
            at = 256 * tile.number
            assert read(tile) == ENTRIES_OF[at : at + tile.width]
    return head


def files(folder: Path) -> dict[str, bytes]:
    """Every file of the tree that its checkpoint needs."""
    head = checked(folder)
    return {tile.path: (folder / tile.path).read_bytes() for tile in tiles_of(head.size)}


def test_cut_off_at_any_write_it_leaves_a_valid_log(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty lives that end at a random write: each leaves a whole log, one root a size."""
    chance, heads = random.Random(7), dict[int, bytes]()
    for module, name in ((tile_folder, "replace_file"), (log_folder, "write_durably")):
        monkeypatch.setattr(module, name, cut_off(getattr(module, name), chance))
    for _life in range(40):
        log = opened()
        with suppress(InterruptedError):
            while log.size < 700:
                grow(log, min(700, log.size + chance.randrange(1, 90)))
        if (log.path / "checkpoint").exists():
            head = checked(log.path)
            assert heads.setdefault(head.size, head.root) == head.root

    monkeypatch.undo()
    whole = grow(LogFolder(tmp_path / "whole", Memory(None), LOG), 700)
    whole.close()
    assert files(grow(opened(), 700).path) == files(whole.path)


def cut_off(
    write: Callable[[Path, bytes], None], chance: random.Random, often: float = 0.08
) -> Callable[[Path, bytes], None]:
    """A write that sometimes is the last one of a life, half done."""

    def write_or_end(path: Path, data: bytes) -> None:
        if chance.random() < often:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(f".{path.name}.part").write_bytes(data[: len(data) // 2])
            raise InterruptedError
        write(path, data)

    return write_or_end


@pytest.mark.parametrize("size", [300, 512])
@pytest.mark.parametrize("what", ["tile", "last tile", "bundle", "position", "gone"])
def test_spoilt_files_are_made_anew(opened: Opened, size: int, what: str) -> None:
    """What does not come to the checkpoint is read from the log again, and comes to the same."""
    log = grow(opened(), size)
    before = files(log.path)
    tiles = {"tile": (1, 0), "last tile": (0, (size - 1) // 256)}
    tiles["bundle"] = ENTRIES, (size - 1) // 256
    if what in tiles:
        path = log.path / tile_at(*tiles[what], size).path
        path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    elif what == "position":
        with memory_in(log.path.parent).changing() as rows:
            rows["log/civil-0/position"] = b"999 999"
    else:
        shutil.rmtree(log.path / "tile")

    again = opened()

    assert again.position is None or again.size == size
    assert again.head is not None
    assert files(grow(again, size).path) == before
    assert checked(grow(again, size + 1).path).size == size + 1
    assert not again.stopped


def test_what_is_published_gets_its_files_back_as_what_was_signed_does(opened: Opened) -> None:
    """With witnesses the two differ for a while: readers hold one, witnesses are led on."""
    log = grow(opened(witnessed=True), 300)
    log.show(log.signed)
    grow(log, 310)
    shutil.rmtree(log.path / "tile")

    again = grow(opened(witnessed=True), 310)

    assert checked(log.path).size == 300
    assert again.head is not None
    assert again.subtree()(0, 310) == again.head.root


@pytest.mark.parametrize("lost", [False, True])
def test_what_was_signed_and_not_shown_is_shown_by_the_next_life(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, *, lost: bool
) -> None:
    """Killed in between, with its tiles or without: the very head, once its files are there."""
    log = grow(opened(), 300)
    with monkeypatch.context() as killed:
        killed.setattr(log_folder, "write_durably", cut_off(lambda *_: None, random.Random(), 1))
        with pytest.raises(InterruptedError):
            grow(log, 310)
    assert checked(log.path).size == 300
    signed = memory_in(log.path.parent).get("log/civil-0/head")
    if lost:
        shutil.rmtree(log.path / "tile")

    grow(opened(), 310)

    assert checked(log.path).size == 310
    assert (log.path / "checkpoint").read_bytes() == signed


def test_another_log_is_not_published_over_this_one(opened: Opened) -> None:
    """Files are lost, and Kafka holds others now: the old root differs, nothing is signed."""
    log = grow(opened(), 300)
    before = (log.path / "checkpoint").read_bytes()
    shutil.rmtree(log.path / "tile")
    again = opened()

    for number in range(310):
        again.add(b'{"another":%d}' % number)
    published = again.publish(AT, 310)

    assert (published, again.stopped) == (False, "log_forked")
    assert (log.path / "checkpoint").read_bytes() == before


@pytest.mark.parametrize("origin", [ORIGIN, "relais.test/civil-1"])
def test_another_log_does_not_begin_where_one_lies(opened: Opened, origin: str) -> None:
    """With another secret or name a log begins in a folder of its own; this one opens as before."""
    log = grow(opened(), 9)
    log.close()

    with pytest.raises(ProofError, match="signed_by_nobody"):
        LogFolder(log.path, Memory(None), log_signers(bytes(32), origin))

    assert opened().size == 9


@pytest.mark.parametrize("spoilt", ["checkpoint", "head"])
def test_a_checkpoint_that_is_spoilt_is_no_leave_to_begin_anew(opened: Opened, spoilt: str) -> None:
    """Nothing else tells what was signed: another log's fewer entries would be signed."""
    log = grow(opened(), 300)

    def write(content: bytes) -> None:
        if spoilt == "checkpoint":
            (log.path / spoilt).write_bytes(content)
            return
        with memory_in(log.path.parent).changing() as rows:
            rows["log/civil-0/head"] = content

    for content in (b"\n", log.signed[:60], log.signed.replace(b"300", b"200")):
        write(content)

        with pytest.raises(ProofError):
            opened()

    write(log.signed)
    assert opened().size == 300


def test_a_log_that_begins_does_not_go_with_its_folder(tmp_path: Path) -> None:
    """Each folder above it that was missing is on the disk before anything is signed."""
    synced: list[Path] = []

    with given(Ports(synced=synced.append)):
        LogFolder(tmp_path / "state" / "log" / "civil-0", Memory(None), LOG).close()

    assert synced == [tmp_path, tmp_path / "state", tmp_path / "state" / "log"]
