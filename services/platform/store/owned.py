"""A file of LMDB that one process owns: rows in tables, and beside them a head that says of what log.

Rows and head are written in one transaction. Who opens a file owns it: a process that was paused and
has been replaced finds another owner, and writes nothing. A start holds what was found of the file
without LMDB (`store_file.py`) to the head: no row is believed before.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

import lmdb
import orjson
from prometheus_client import Gauge

from contracts.decision.state.shelves import LostRowError
from contracts.decision.state.tables import RowChange
from contracts.encoding import canonical, sha256
from services.platform.process.durable_file import sync_folder
from services.platform.process.exit_codes import FencedError
from services.platform.store.store_file import SUMS, Found, SpoiltError, look_through, row_check

MAP_BYTES: Final = 64 << 30  # of address space; a file takes what its rows take
MAX_KEY_BYTES: Final = 511  # LMDB's, of a file made with its defaults
# Of all stores of a process together, whatever their number:
LOOKS: Final = 120  # after which pages are given back: each look brings some 64 kB into memory
HOT_BYTES: Final = 9 << 20  # of rows at hand; as objects some 5 times it, and few tables are full
COPIED_AT_ONCE: Final = 10_000  # rows of a file that is written anew
_DIGEST_BYTES: Final = 32
_HEAD: Final = b"head"
_OWNER: Final = b"owner"

Store = TypeVar("Store", bound="OwnedStore")


class NotBelievedError(Exception):
    """A store that is not what its log says: `damaged`, `format`, `foreign`, `ahead`."""


class OwnedStore:
    """One file, open and owned."""

    def __init__(
        self, path: Path, tables: Sequence[str], log: Mapping[str, Any], stores: int
    ) -> None:
        """Open a file, or make one; nobody who opened it before writes to it any more.

        Args:
            tables: their names.
            log: whose rows these are, and in what `format`: any others are not believed.
            stores: that a process has, this one among them.

        Raises:
            OSError, lmdb.Error: it cannot be.
        """
        self.path = path
        self._names = tuple(tables)
        self._log = dict(log)
        self._sum = 0
        self._owner = secrets.token_bytes(16)
        self._looks, self._most_looks = 0, max(1, LOOKS // stores)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._open(create=True)
        with self._env.begin(write=True) as transaction:
            transaction.put(_OWNER, self._owner)
            self._last = transaction.id()

    def told(self, file: Found) -> dict[str, Any] | None:
        """What the head says, once all that the file was found to hold fits it; None if it is empty.

        Raises:
            NotBelievedError: `damaged`, `format`, `foreign`.
        """
        value = self._head()
        if value != file.own.get(_HEAD.decode()):  # whoever had it before wrote once more
            file = look_at(self.path)
        if value is None:
            if file.total:
                raise NotBelievedError("damaged")
            return None
        head, digest = value[_DIGEST_BYTES:], value[:_DIGEST_BYTES]
        if sha256(head) != digest:
            raise NotBelievedError("damaged")
        told: dict[str, Any] = orjson.loads(head)
        if told.get("format") != self._log["format"]:
            raise NotBelievedError("format")
        if any(told.get(name) != wanted for name, wanted in self._log.items()):
            raise NotBelievedError("foreign")
        if int(told["sum"], 16) != file.total:
            raise NotBelievedError("damaged")
        self._sum = file.total
        return told

    def write_rows(self, rows: Iterable[RowChange], head: Mapping[str, Any]) -> None:
        """Write rows and what the head says with them, both or neither.

        Raises:
            FencedError: somebody else has opened it since.
            LostRowError: it is not where it was, and what was written is lost.
            lmdb.Error: it could not be written; nothing was.
        """
        total = self._sum
        with self._env.begin(write=True) as transaction:
            self._check_owner(transaction.get(_OWNER))
            for name, key, value in rows:
                table = self._tables[name]
                old = transaction.get(key, db=table)
                total -= 0 if old is None else row_check(name, key, old)
                if value is None:
                    transaction.delete(key, db=table)
                else:
                    transaction.put(key, value, db=table)
                    total += row_check(name, key, value)
            total %= SUMS
            whole = canonical({**self._log, **head, "sum": f"{total:016x}"})
            transaction.put(_HEAD, sha256(whole) + whole)
            last = transaction.id()
        self._last, self._sum = last, total

    def look(self, name: str) -> tuple[lmdb.Environment, Any]:
        """Where a table can be looked into now."""
        if self._looks >= self._most_looks:
            self.unmap()
        self._looks += 1
        return self._env, self._tables[name]

    def table(self, name: str) -> LmdbTable:
        """One of its tables."""
        return LmdbTable(self, name)

    def rows(self, name: str, start: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows of a table from a key on, in their order; nothing else is looked up meanwhile.

        Raises:
            LostRowError: they cannot be read.
        """
        try:
            with self._env.begin(db=self._tables[name]) as transaction:
                cursor = transaction.cursor()
                if cursor.set_range(start):
                    yield from cursor.iternext()
        except lmdb.Error as error:
            raise LostRowError(str(error)) from error

    def unmap(self) -> None:
        """Give back the pages that were looked at, which count as ours while the file is open (0.1 ms).

        What is there by that name afterwards need not be what was closed: somebody may have deleted it or
        put another in its place, and an empty state is one that a router would sign on.

        Raises:
            FencedError: somebody else has opened it since.
            LostRowError: it is not as we wrote it last.
        """
        self._env.close()
        try:
            self._open(create=False)
            self._check_same()
        except BaseException as error:
            self._env.close()  # no row is looked up in what is there now
            if isinstance(error, lmdb.Error):
                raise LostRowError(f"{self.path.name}: {type(error).__name__}") from error
            raise
        self._looks = 0

    def rewrite(self) -> None:
        """Write all rows into a new file in this one's place: where something is deleted, LMDB leaves its bytes.

        Raises:
            FencedError: somebody else has opened it since.
            LostRowError, lmdb.Error, OSError: it cannot be read or written; what was there is there still.
        """
        self.unmap()  # we own it, and it is as we wrote it last
        new = self.path.with_name(f"{self.path.name}.new")
        remove_store(new)
        there = self._opened(new, create=True)
        for name in (None, *self._names):
            self._copied(there, name)
        there.sync(True)
        with there.begin() as transaction:
            self._last = transaction.id()
        there.close()
        new.replace(self.path)
        remove_store(new)
        sync_folder(self.path.parent)
        self.unmap()

    def _copied(self, there: lmdb.Environment, name: str | None) -> None:
        """Copy one table in the order of its keys, or what stands beside the tables."""
        into = None if name is None else there.open_db(name.encode())
        with self._env.begin(db=None if name is None else self._tables[name]) as reading:
            rows = iter(reading.cursor())
            tables = {own.encode() for own in self._names} if name is None else set()
            while batch := list(islice(rows, COPIED_AT_ONCE)):
                with there.begin(write=True, db=into) as writing:
                    for key, value in batch:
                        if key not in tables:
                            writing.put(key, value, append=name is not None)

    def close(self) -> None:
        """Close it; its state can be read no more."""
        self._env.close()

    def _opened(self, path: Path, *, create: bool) -> lmdb.Environment:
        return lmdb.open(
            str(path), map_size=MAP_BYTES, subdir=False, mode=0o600,
            max_dbs=len(self._names) + 1, readahead=False, metasync=False, create=create,
        )  # fmt: skip

    def _open(self, *, create: bool) -> None:
        self._env = self._opened(self.path, create=create)
        try:
            self._tables = {
                name: self._env.open_db(name.encode(), create=create) for name in self._names
            }
        except BaseException:
            self._env.close()
            raise

    def _check_same(self) -> None:
        with self._env.begin() as transaction:
            owner, last = transaction.get(_OWNER), transaction.id()
        if owner is not None:
            self._check_owner(owner)
        if owner is None or last != self._last:
            raise LostRowError(f"another file: {self.path.name}")

    def _check_owner(self, owner: bytes | None) -> None:
        if owner != self._owner:
            raise FencedError("fenced", f"another owner of {self.path.name}")

    def _head(self) -> bytes | None:
        with self._env.begin() as transaction:
            value: bytes | None = transaction.get(_HEAD)
            return value


class LmdbTable:
    """One table of a store, as it was last written."""

    def __init__(self, store: OwnedStore, name: str) -> None:
        self._store = store
        self._name = name

    def get(self, key: bytes) -> bytes | None:
        """The value of a key."""
        if not 0 < len(key) <= MAX_KEY_BYTES:
            return None
        try:
            env, table = self._store.look(self._name)
            with env.begin(db=table) as transaction:
                value: bytes | None = transaction.get(key)
                return value
        except lmdb.Error as error:
            raise LostRowError(str(error)) from error

    def after(self, key: bytes) -> bytes | None:
        """The first key behind another."""
        try:
            env, table = self._store.look(self._name)
            with env.begin(db=table) as transaction, transaction.cursor() as cursor:
                there = cursor.set_range(key + b"\0")
                behind: bytes = cursor.key()
                return behind if there else None
        except lmdb.Error as error:
            raise LostRowError(str(error)) from error

    def __len__(self) -> int:
        try:
            env, table = self._store.look(self._name)
            with env.begin() as transaction:
                count: int = transaction.stat(table)["entries"]
                return count
        except lmdb.Error as error:
            raise LostRowError(str(error)) from error


def look_at(path: Path) -> Found:
    """What a store's file holds; nothing if there is none.

    Raises:
        NotBelievedError: `damaged`: LMDB is not to open it.
    """
    try:
        return look_through(path) if path.exists() else Found()
    except (SpoiltError, OSError):
        raise NotBelievedError("damaged") from None


def open_store(make: Callable[[], Store], path: Path, *, anew: bool = False) -> Store:
    """A store, opened; a file that is none makes way for a new one.

    Args:
        make: opens it at that path.
        anew: whatever it holds.

    Raises:
        OSError, lmdb.Error: there can be none, such as on a file system that is read-only or full.
    """
    if anew:
        remove_store(path)
    try:
        return make()
    except (lmdb.InvalidError, lmdb.CorruptedError, lmdb.VersionMismatchError):
        remove_store(path)
        return make()


def try_open(
    make: Callable[[], Store],
    path: Path,
    told: Gauge,
    log: Any,
    *,
    anew: bool = False,
    **names: Any,
) -> Store | None:
    """A store as `open_store` opens it, and a sign of whether it is there; None where there can be none.

    Args:
        told: becomes 1 or 0.
        log, names: where it is said that there is none, and of which.
    """
    try:
        store = open_store(make, path, anew=anew)
    except (OSError, lmdb.Error) as error:
        log.warning("no store", **names, why=type(error).__name__)
        told.set(0)
        return None
    told.set(1)
    return store


def remove_store(path: Path) -> None:
    """Delete a store; who has it open is ended by that, once it looks for it by its name."""
    for own in (path, path.with_name(f"{path.name}-lock")):
        own.unlink(missing_ok=True)
