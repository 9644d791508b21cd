"""A store's file is read without LMDB as LMDB reads it, and refused where LMDB would go wrong."""

from __future__ import annotations

import random
from pathlib import Path

import lmdb
import pytest
from lmdb.verify import verify

from services.platform.store.store_file import SUMS, Found, SpoiltError, look_through, row_check

PAGE = 4096
NAMES = ("cases", "due")
Rows = dict[str, dict[bytes, bytes]]


def opened(path: Path) -> lmdb.Environment:
    """A file as the store opens it."""
    return lmdb.open(str(path), map_size=1 << 28, subdir=False, max_dbs=4, metasync=False)


def written(path: Path, seed: int, turns: int = 12) -> Rows:
    """A file with a history: rows of all lengths come, change and go; what it holds."""
    chance, rows = random.Random(seed), {name: dict[bytes, bytes]() for name in NAMES}
    with opened(path) as env:
        tables = {name: env.open_db(name.encode()) for name in NAMES}
        for turn in range(turns):
            with env.begin(write=True) as transaction:
                transaction.put(b"head", bytes([turn]) * 40)
                for _ in range(chance.randrange(200)):
                    name, gone = chance.choice(NAMES), chance.random() < 0.3
                    if gone and rows[name]:
                        key = chance.choice(sorted(rows[name]))
                        transaction.delete(key, db=tables[name])
                        del rows[name][key]
                        continue
                    key = chance.randbytes(chance.choice((2, 16, 43, 90)))
                    size = chance.choice((0, 40, 400, 1200, 6000)) if name == "cases" else 0
                    rows[name][key] = value = chance.randbytes(size)
                    transaction.put(key, value, db=tables[name])
    return rows


def told(rows: Rows) -> int:
    """The sum of all rows."""
    total = sum(row_check(name, *row) for name, own in rows.items() for row in own.items())
    return total % SUMS


@pytest.mark.parametrize("seed", range(10))
def test_it_finds_what_lmdb_wrote(tmp_path: Path, seed: int) -> None:
    """Every row, whatever its length and whatever was there before."""
    path = tmp_path / "store"
    rows = written(path, seed, turns=seed * 5)

    found = look_through(path)

    assert found.total == told(rows)
    assert found.own == ({"head": bytes([seed * 5 - 1]) * 40} if seed else {})


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_spoilt_is_seen(tmp_path: Path, seed: int) -> None:
    """A byte anywhere, mostly where pages say what they are: refused, or another sum, or no harm at all."""
    path, chance, unharmed = tmp_path / "store", random.Random(seed), 0
    rows = written(path, seed)
    whole, sound = path.read_bytes(), look_through(path)
    for _ in range(150):
        data = bytearray(whole)
        begin = chance.randrange(len(data) // PAGE) * PAGE
        at = begin + chance.choice((chance.randrange(64), chance.randrange(PAGE)))
        data[at] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        if looked(path) == sound:
            unharmed += 1
            assert verify(str(path), subdir=False) == []  # type: ignore[no-untyped-call]
            read_by_key(path, rows)

    assert 0 < unharmed < 100


def test_a_separator_that_hides_a_row_is_seen(tmp_path: Path) -> None:
    """All rows are there one after the other, and one of them is not found by its key."""
    path = tmp_path / "store"
    rows = {b"%06d" % at: bytes(1000) for at in range(40)}
    with opened(path) as env:
        table = env.open_db(b"cases")
        with env.begin(write=True) as transaction:
            for row in rows.items():
                transaction.put(*row, db=table)
    data = bytearray(path.read_bytes())
    branch = next(at for at in range(0, len(data), PAGE) if data[at + 10] == 1 and at >= 2 * PAGE)
    node = int.from_bytes(data[branch + 20 : branch + 22], "little") + branch  # the third
    data[node + 8 + 5] += 1  # its separator's last digit: its first row is looked for before it
    path.write_bytes(data)

    with pytest.raises(SpoiltError, match="order"):
        look_through(path)

    assert verify(str(path), subdir=False) == []  # type: ignore[no-untyped-call]
    with pytest.raises(AssertionError):
        read_by_key(path, {"cases": rows})


def looked(path: Path) -> Found | None:
    """What a file is found to hold, None if it is refused."""
    try:
        return look_through(path)
    except SpoiltError:
        return None


def read_by_key(path: Path, rows: Rows) -> None:
    """Every row is where LMDB looks for it."""
    with opened(path) as env:
        for name, own in rows.items():
            table = env.open_db(name.encode())
            with env.begin(db=table) as transaction:
                assert {key: transaction.get(key) for key in own} == own
                assert transaction.stat(table)["entries"] == len(own)
