"""A mirror: the log as published, never another history; a server that does not mean well."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import ProofError
from contracts.proof.note_keys import NoteSigner
from contracts.proof.tiles import ENTRIES, Tile, bundle_of, tile_at
from contracts.proof.tree import entry_hash
from services.platform.process import durable_file
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree import log_mirror, published_log
from services.platform.tree.log_mirror import CONTRADICTION, LogMirror
from services.platform.tree.published_log import LogInFolder, LogOverHttp, find_entry, prove_entry
from tests.contracts.proof.log import LOG, ORIGIN, WITNESSES, MemoryLog, policy, tiles_of
from tests.patience import PATIENCE
from tests.ports import in_thread
from tests.searching import files_under
from tests.services.operate.status.test_ask import drips, served

Files = dict[str, bytes]  # of a published log: path -> content


def handed_out(files: Files) -> Callable[[str], bytes]:
    """Reads what the operator hands out."""

    def read(path: str) -> bytes:
        if path not in files:
            raise UnreachableError("log_not_there", path, "a published log")
        return files[path]

    return read


Opened = Callable[[], LogMirror]


@cache
def log_of(size: int, history: str = "", common: int = 0) -> MemoryLog:
    """A log of so many entries, the first of which all histories share."""
    names = ("" if number < common else history for number in range(size))
    return MemoryLog().add(b"record %d%s" % (at, name.encode()) for at, name in enumerate(names))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens the test's mirror, as often as asked; the one before is given up as by a kill."""
    kept: list[LogMirror] = []

    def again() -> LogMirror:
        for given_up in kept:
            given_up.close()
        kept.append(LogMirror(tmp_path / "civil-0", ORIGIN, policy()))
        return kept[-1]

    yield again
    for given_up in kept:
        given_up.close()


def refused(mirror: LogMirror, files: Files) -> str:
    """The code for which a log is not taken; the mirror must be as it was."""
    before = files_under(mirror.path)
    with pytest.raises(ProofError) as error:
        mirror.update(handed_out(files))
    proof = {str(mirror.path / CONTRADICTION): b""}
    assert files_under(mirror.path) | proof == before | proof
    return error.value.code


def test_all_is_proved_from_it_alone(opened: Opened) -> None:
    """Its operator's log is gone: each record is found by leaf, the policy takes its proof."""
    log = log_of(700)
    opened().update(handed_out(log.files()))
    mirror = LogInFolder(opened().path).read

    for index in (0, 255, 256, 511, 512, 699):
        at = find_entry(mirror, entry_hash(log.entries[index]))
        assert at == (index, log.entries[index])
        prove_entry(mirror, *at).check(policy())
    assert find_entry(mirror, bytes(32)) is None


@pytest.mark.parametrize("by", [(*LOG, *WITNESSES), LOG])
@pytest.mark.parametrize("size", [700, 300, 900])
def test_a_second_history_is_never_written_over_it(
    opened: Opened, size: int, by: tuple[NoteSigner, ...]
) -> None:
    """Cosigned or signed by the log alone: kept as a proof against it, nothing more is taken."""
    opened().update(handed_out(log_of(700).files()))
    forged = log_of(size, "b", common=100).files(by)

    assert refused(opened(), forged) == "tree_forked"
    assert (opened().path / CONTRADICTION).read_bytes() == forged["checkpoint"]
    assert refused(opened(), log_of(900).files()) == "tree_forked"


def test_what_the_policy_does_not_take_is_not_taken(opened: Opened) -> None:
    """Uncosigned, shorter than before, by nobody, or of another origin."""
    opened().update(handed_out(log_of(512).files()))
    files = log_of(700).files()
    other = files["checkpoint"].replace(b"civil-0\n", b"civil-1\n", 1)

    assert refused(opened(), log_of(700).files(LOG)) == "quorum_missed"
    assert refused(opened(), log_of(257).files()) == "tree_shrank"
    assert refused(opened(), files | {"checkpoint": b"x"}) == "note_malformed"
    assert refused(opened(), files | {"checkpoint": other}) == "signature_wrong"


@pytest.mark.parametrize(
    ("tile", "at"), [(Tile(ENTRIES, 1), 100), (Tile(ENTRIES, 2, 188), 187), (Tile(ENTRIES, 0), 255)]
)
def test_entries_that_are_not_the_trees_are_dropped_again(
    opened: Opened, tile: Tile, at: int
) -> None:
    """The mirror is as it was, and takes the true ones later."""
    log, first = log_of(700), tile.number * 256
    opened().update(handed_out(log_of(200).files()))
    entries = log.entries[first : first + tile.width]
    entries[at] = b"another"

    altered = log.files() | {tile.path: bundle_of(entries)}
    assert refused(opened(), altered) == "bundle_malformed"

    mirror = opened()
    mirror.update(handed_out(log.files()))
    assert mirror.size == 700


def test_a_log_that_goes_away_in_the_middle_leaves_what_was_there(opened: Opened) -> None:
    """It is taken up again where it was."""
    files = log_of(700).files()
    opened().update(handed_out(log_of(200).files()))
    last = {path: files.pop(path) for path in list(files) if "/002.p/" in path}

    mirror = opened()
    before = files_under(mirror.path)
    with pytest.raises(UnreachableError):
        mirror.update(handed_out(files))

    assert len(last) == 2
    assert files_under(mirror.path) == before
    mirror.update(handed_out(files | last))
    assert mirror.head == log_of(700).head


def test_cut_off_at_any_write_it_is_a_whole_mirror(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty lives that end at a random write: each leaves the mirror of some checkpoint."""
    chance, write = random.Random(3), durable_file.write_durably

    def cut_off(*given: Any) -> None:
        if chance.random() < 0.15:
            raise InterruptedError
        write(*given)

    monkeypatch.setattr(log_mirror, "write_durably", cut_off)
    size = 0
    for _life in range(60):
        size = min(700, size + chance.randrange(1, 40))
        mirror = opened()
        with suppress(InterruptedError):
            mirror.update(handed_out(log_of(size).files()))

    monkeypatch.undo()
    mirror = opened()
    mirror.update(handed_out(log_of(700).files()))
    for tile in tiles_of(700):
        assert (mirror.path / tile.path).read_bytes() == log_of(700).tiles[tile]


def test_a_damaged_mirror_is_not_made_anew(opened: Opened) -> None:
    """It may be the only copy: it is left as it is, and told."""
    mirror = opened()
    mirror.update(handed_out(log_of(300).files()))
    (mirror.path / tile_at(0, 1, 300).path).write_bytes(bytes(44 * 32))
    before = files_under(mirror.path)

    with pytest.raises(ProofError):
        opened()

    assert files_under(mirror.path) == before


def test_a_server_that_drips_its_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never silent, and its header never ends: the time for a file is up all the same."""
    monkeypatch.setattr(published_log, "WHOLE_S", 0.3)
    with in_thread(served(drips(b"HTTP/1.1 200 OK\r\nX: "))) as addresses:
        files, began = LogOverHttp(addresses["0"]), time.monotonic()
        with pytest.raises(UnreachableError, match="log_not_there"):
            files.read("checkpoint")
        files.close()

    assert time.monotonic() - began < PATIENCE  # as long as it would drip
