"""A store whose file was spoilt is refused, or says what it said: whichever byte it was."""

from __future__ import annotations

import random
import shutil
import sqlite3
import stat
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from contracts.decision.state.shelves import LostRowError
from services.platform.store import owned
from services.platform.store.owned import NotBelievedError, OwnedStore
from services.platform.store.place import open_store, remove_store

PAGE = 4096
NAMES = ("cases", "due")
Rows = dict[str, dict[bytes, bytes]]


def opened(path: Path) -> OwnedStore:
    """A store as a service opens it."""
    return open_store(partial(OwnedStore, path, {"format": 1}, 1), path)


def written(path: Path, chance: random.Random) -> Rows:
    """A store with a history: rows of all lengths come, change and go; what it holds."""
    rows: Rows = {name: {} for name in NAMES}
    store = opened(path)
    for _turn in range(12):
        changes: list[tuple[str, bytes, bytes | None]] = []
        for _ in range(chance.randrange(200)):
            name = chance.choice(NAMES)
            if chance.random() < 0.3 and rows[name]:
                key = chance.choice(sorted(rows[name]))
                del rows[name][key]
                changes.append((name, key, None))
                continue
            key = chance.randbytes(chance.choice((2, 16, 43, 90)))
            rows[name][key] = chance.randbytes(chance.choice((0, 40, 400, 6000)))
            changes.append((name, key, rows[name][key]))
        store.write_rows(changes, {"turn": _turn})
    store.close()
    return rows


def read(path: Path) -> Rows | None:
    """What a store is found to hold, each row by its key; None if it is refused or made anew."""
    try:
        store = opened(path)
    except NotBelievedError:
        return None
    try:
        store.check()
        if not store.head:
            return None
        rows = {name: dict(store.rows(name, b"")) for name in NAMES}
        for name, own in rows.items():
            assert {key: store.table(name).get(key) for key in own} == own
            assert len(store.table(name)) == len(own)
    except NotBelievedError:
        return None
    finally:
        store.close()
    return rows


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_spoilt_is_seen(tmp_path: Path, seed: int) -> None:
    """A byte anywhere, mostly where pages say what they are: refused, or no harm at all."""
    path, chance, unharmed = tmp_path / "store", random.Random(seed), 0
    rows = written(path, chance)
    whole = path.read_bytes()
    assert read(path) == rows
    for _ in range(80):
        data = bytearray(whole)
        begin = chance.randrange(len(data) // PAGE) * PAGE
        data[begin + chance.choice((chance.randrange(100), chance.randrange(PAGE)))] ^= (
            1 << chance.randrange(8)
        )
        path.write_bytes(data)
        found = read(path)
        assert found in (None, rows)
        unharmed += found is not None

    assert 0 < unharmed < 60


def test_a_first_page_that_is_spoilt_is_refused_and_ends_no_start(tmp_path: Path) -> None:
    """Bits of its head, and others of what it says of tables: whatever SQLite makes of it."""
    path, chance = tmp_path / "store", random.Random(4)
    rows = written(path, chance)
    whole = path.read_bytes()
    others = [chance.randrange(800, PAGE * 8) for _ in range(150)]
    for bit in (*range(0, 800, 3), *others):
        remove_store(path)
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        assert read(path) in (None, rows), bit


def test_a_process_that_ends_before_it_has_emptied_the_journal_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was deleted is in no file once the next one has begun."""
    path, gone = tmp_path / "store", b"a case token that goes"
    store = opened(path)
    store.write_rows([("cases", gone, gone * 20)], {"turn": 0}, forgets=True)
    with monkeypatch.context() as ends:
        ends.setattr(store, "_emptied", lambda: True)
        store.write_rows([("cases", gone, None)], {"turn": 1}, forgets=True)
    left = tmp_path / "left"
    left.mkdir()
    for file in tmp_path.glob("store*"):
        shutil.copy(file, left)

    again = opened(left / "store")

    again.check()
    assert again.head
    assert not [file.name for file in left.iterdir() if gone in file.read_bytes()]
    again.close()
    store.close()


@pytest.mark.parametrize("seed", [0, 6, 14])  # without new pages they leave something
def test_nothing_is_left_of_a_row_that_was_moved_before_it_went(tmp_path: Path, seed: int) -> None:
    """SQLite moves rows as pages fill, and what they were stays where they were."""
    chance, secret, path = random.Random(seed), b"of an erased case", tmp_path / "store"
    rows = {b"%d" % number: chance.randbytes(chance.randrange(900)) for number in range(200)}
    gone = chance.sample(sorted(rows), 5)
    order = chance.sample(sorted(rows), len(rows))
    store = opened(path)
    store.write_rows([("cases", key, secret * (key in gone) + rows[key]) for key in order], {})

    store.write_rows([("cases", key, None) for key in gone], {"turn": 1}, forgets=True)
    store.close()

    assert secret not in path.read_bytes()
    assert read(path) == {"cases": {key: rows[key] for key in order if key not in gone}, "due": {}}


def test_a_file_that_is_read_after_its_end_is_lost(tmp_path: Path) -> None:
    """What a disk gives back later is an error of its own, never another row."""
    path = tmp_path / "store"
    written(path, random.Random(1))
    store = opened(path)
    store.check()
    with sqlite3.connect(path) as other:
        other.execute("DROP TABLE rows")

    with pytest.raises(LostRowError):
        store.table("due").get(b"any")


def test_its_owner_alone_reads_it(tmp_path: Path) -> None:
    """It tells which cases there are: file, journal and folder."""
    path = tmp_path / "state" / "store"
    store = opened(path)
    store.write_rows([("cases", b"token", b"row")], {"turn": 0})

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert len(modes) == 3
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    store.close()


def test_a_predecessor_that_reads_on_keeps_nothing_of_what_was_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start cannot empty the journal under him; it does once he has gone, whatever is written."""
    monkeypatch.setattr(owned, "BUSY_S", 0)
    path, secret = tmp_path / "store.sqlite", b"of an erased case" * 9
    store = opened(path)
    store.write_rows([("cases", b"key", secret)], {}, forgets=True)
    with closing(sqlite3.connect(path)) as paused, closing(paused.execute("SELECT 1 FROM rows")):
        store.write_rows([("cases", b"key", None)], {})
        store.close()
        store = opened(path)
        assert secret in path.read_bytes()

    store.tidy()

    assert secret not in path.read_bytes() + path.with_name("store.sqlite-wal").read_bytes()
    store.close()
