"""A file of SQLite that one process owns: rows of tables, and a head that says of what log.

    rows   table, key → value: all tables in one, so that one walk reads and sums the file
    own    `head`, `owner`

Rows and head are written in one transaction. Who opens a file owns it: a process that was paused
and has been replaced finds another owner, and writes nothing. A start reads the whole file first,
and holds it to the head: no row is believed before.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final
from zlib import adler32, crc32

import orjson

from contracts.decision.state.shelves import LostRowError
from contracts.decision.state.tables import RowChange
from contracts.encoding import canonical, sha256
from services.platform.ports import monotonic, ports, random_bytes
from services.platform.process.exit_codes import FencedError

# Of all stores of a process together, whatever their number:
CACHE_BYTES: Final = 8 << 20  # of pages at hand
HOT_BYTES: Final = 9 << 20  # of rows at hand; as objects some 5 times it, and few tables are full
BUSY_S: Final = 5.0  # for another process that is writing
WRITE_S: Final = 1.0  # between two writes: each waits for the disk, and everybody for it
WRITE_ROWS: Final = 10_000  # that wait at most, whatever the time
TRUNCATE: Final = "wal_checkpoint(TRUNCATE)"  # empty the journal
SUMS: Final = 1 << 64
_DIGEST_BYTES: Final = 32
_HEAD: Final = b"head"
_OWNER: Final = b"owner"
_TABLES: Final = {
    "own": "key BLOB PRIMARY KEY, value BLOB NOT NULL",
    "rows": "part BLOB, key BLOB, value BLOB NOT NULL, PRIMARY KEY (part, key)",
}
_TO_NEW_PAGES: Final = (
    "ALTER TABLE rows RENAME TO old",
    f"CREATE TABLE rows ({_TABLES['rows']}) WITHOUT ROWID",
    "INSERT INTO rows SELECT * FROM old",
    "DROP TABLE old",
)


class NotBelievedError(Exception):
    """A store that is not what its log says: `damaged`, `format`, `foreign`, `ahead`."""


class OwnedStore:
    """One file, open and owned.

    Attributes:
        head: what the file said beside its rows when it was checked, or was last written with.
        on_write: is told how many seconds each write took, in which its process did nothing else.
    """

    def __init__(self, path: Path, log: Mapping[str, Any], stores: int) -> None:
        """Open a file, or make one; nobody who opened it before writes to it any more.

        Args:
            log: whose rows these are, and in what `format`: any others are not believed.
            stores: that a process has, this one among them.

        Raises:
            OSError, sqlite3.Error: it cannot be.
        """
        self.path = path
        self._log = dict(log)
        self.head: Mapping[str, Any] = {}
        self._sum = 0
        self._wrote = -WRITE_S
        self.on_write: Callable[[float], None] = lambda _seconds: None
        self._owner = random_bytes(16)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(0o600)
        self._db = ports().database(
            path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        try:
            self._begin(CACHE_BYTES // stores)
        except BaseException:
            self._db.close()
            raise

    def _begin(self, cache_bytes: int) -> None:
        """Make what is missing, and own it.

        `NORMAL` waits for the disk at a checkpoint alone: after a power failure the file is whole
        and may be some writes older. It is a cache, and what it lacks is read again from the log;
        bytes that an erasure took have gone from the disk once `write_rows` returns.
        """
        for pragma in (
            "journal_mode=WAL", "synchronous=NORMAL", "cell_size_check=ON", "secure_delete=ON",
            f"cache_size=-{cache_bytes >> 10}",
        ):  # fmt: skip
            self._db.execute(f"PRAGMA {pragma}")
        self._full = not self._emptied()
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for name, columns in _TABLES.items():
                self._db.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns}) WITHOUT ROWID")
            self._put_own(_OWNER, self._owner)
        self._file = self.path.stat()

    def check(self) -> None:
        """Hold all that the file holds to its head, and read that; empty is believed.

        Seconds for a large one.

        Raises:
            NotBelievedError: `damaged`, `format`, `foreign`.
        """
        try:
            sound = self._db.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
            with closing(self._db.execute("SELECT part, key, value FROM rows")) as rows:
                total = sum(row_check(*row) for row in rows)
            value = _own(self._db, _HEAD) or b""
            head, digest = value[_DIGEST_BYTES:], value[:_DIGEST_BYTES]
            sound = sound and (sha256(head) == digest if value else not total)
        except (sqlite3.Error, TypeError):  # TypeError: a value that is no bytes
            raise NotBelievedError("damaged") from None
        if not sound:
            raise NotBelievedError("damaged")
        if value:
            self._believe(head, total % SUMS)

    def _believe(self, head: bytes, total: int) -> None:
        """Take over a head of this log whose rows add up to a sum."""
        told: dict[str, Any] = orjson.loads(head)
        if told.get("format") != self._log["format"]:
            raise NotBelievedError("format")
        if any(told.get(name) != wanted for name, wanted in self._log.items()):
            raise NotBelievedError("foreign")
        if int(told["sum"], 16) != total:
            raise NotBelievedError("damaged")
        self._sum, self.head = total, told

    def is_due(self, rows: int) -> bool:
        """Whether so many changed rows are to be written now."""
        return rows >= WRITE_ROWS or monotonic() - self._wrote >= WRITE_S

    def write_rows(
        self, rows: Iterable[RowChange], head: Mapping[str, Any], *, forgets: bool = False
    ) -> None:
        """Write rows and what the head says with them, both or neither.

        Args:
            forgets: leave nothing of what these rows take away, wherever SQLite had moved it: every
                row goes to new pages, zeros over the old. The next start does what a kill cut off.

        Raises:
            FencedError: somebody else has opened it since.
            LostRowError: it is not where it was, and what was written is lost.
            sqlite3.Error: nothing is written; or it is, and the journal could not be emptied.
        """
        total, began = self._sum, monotonic()
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._check_own()
            for row in rows:
                total += self._put(*row)
            total %= SUMS
            whole = canonical({**self._log, **head, "sum": f"{total:016x}"})
            self._put_own(_HEAD, sha256(whole) + whole)
            for step in _TO_NEW_PAGES if forgets else ():
                self._db.execute(step)
        self._sum, self.head, self._wrote = total, head, monotonic()
        self.on_write(self._wrote - began)
        if forgets:
            self._full = not self._emptied()
            if self._full:
                raise sqlite3.OperationalError("the journal is being read")
        self.tidy()

    def _put(self, name: str, key: bytes, value: bytes | None) -> int:
        """Write a row, or delete it; by how much the sum of all changes."""
        part = name.encode()
        added = 0 if value is None else row_check(part, key, value)
        insert = "INSERT OR IGNORE INTO rows VALUES (?, ?, ?)"
        if value is not None and self._db.execute(insert, (part, key, value)).rowcount:
            return added  # as most are: no look for an old one
        old = self.table(name).get(key)
        if value is None:
            self._db.execute("DELETE FROM rows WHERE part = ? AND key = ?", (part, key))
        else:
            self._db.execute("REPLACE INTO rows VALUES (?, ?, ?)", (part, key, value))
        return added if old is None else added - row_check(part, key, old)

    def _put_own(self, key: bytes, value: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO own VALUES (?, ?)", (key, value))

    def table(self, name: str) -> StoredTable:
        """One of its tables; empty before a row is written."""
        return StoredTable(self._db, name)

    def rows(self, name: str, start: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows of a table from a key on, in their order.

        Raises:
            LostRowError: they cannot be read.
        """
        query = "SELECT key, value FROM rows WHERE part = ? AND key >= ? ORDER BY key"
        try:
            with closing(self._db.execute(query, (name.encode(), start))) as rows:
                yield from rows
        except sqlite3.Error as error:
            raise LostRowError(str(error)) from error

    def tidy(self) -> None:
        """Empty the journal now, if somebody else read it when it was to be: a paused predecessor.

        Raises:
            sqlite3.Error: it cannot be written.
        """
        if self._full:
            self._db.execute("PRAGMA busy_timeout=0")  # another time, if he reads on
            self._full = not self._emptied()
            self._db.execute(f"PRAGMA busy_timeout={int(BUSY_S * 1000)}")

    def _emptied(self) -> bool:
        """Whether the journal is empty, after all that it held went to the file."""
        busy, *_ = self._db.execute(f"PRAGMA {TRUNCATE}").fetchone()
        if not busy:
            ports().synced(self.path)
        return not busy

    def close(self) -> None:
        """Close it; its state can be read no more."""
        self._db.close()

    def _check_own(self) -> None:
        """That the file is where it was, and still ours.

        Raises:
            FencedError, LostRowError: as `write_rows` does.
        """
        self._check_owner(self._db)
        with suppress(FileNotFoundError):
            if os.path.samestat(self.path.stat(), self._file):
                return
            with suppress(sqlite3.Error), closing(ports().database(self.path)) as other:
                self._check_owner(other)
        raise LostRowError(f"another file, or none: {self.path.name}")

    def _check_owner(self, db: sqlite3.Connection) -> None:
        if _own(db, _OWNER) != self._owner:
            raise FencedError("fenced", f"another owner of {self.path.name}")


class StoredTable:
    """One table of a store, as it was last written."""

    def __init__(self, db: sqlite3.Connection, name: str) -> None:
        self._db, self._part = db, name.encode()

    def get(self, key: bytes) -> bytes | None:
        """The value of a key."""
        value: bytes | None = self._found("SELECT value FROM rows WHERE part = ? AND key = ?", key)
        return value

    def after(self, key: bytes) -> bytes | None:
        """The first key behind another."""
        query = "SELECT key FROM rows WHERE part = ? AND key > ? ORDER BY key LIMIT 1"
        behind: bytes | None = self._found(query, key)
        return behind

    def __len__(self) -> int:
        return int(self._found("SELECT count(*) FROM rows WHERE part = ?"))

    def _found(self, query: str, *given: bytes) -> Any:
        """The first column of the first row; None without a row."""
        try:
            row = self._db.execute(query, (self._part, *given)).fetchone()
        except sqlite3.Error as error:
            raise LostRowError(str(error)) from error
        return row and row[0]


def _own(db: sqlite3.Connection, key: bytes) -> bytes | None:
    row: tuple[bytes] | None = db.execute("SELECT value FROM own WHERE key = ?", (key,)).fetchone()
    return row and row[0]


def row_check(part: bytes, key: bytes, value: bytes) -> int:
    """What a row adds to a store's sum: it tells damage, and costs a tenth of a digest."""
    seed = crc32(key, crc32(part))
    return crc32(value, seed) << 32 | adler32(value, seed)
