"""A partition's state in LMDB, beside the place of the log that it was folded up to.

A cache of the log and nothing more: rows and place are written in one transaction of LMDB, after
Kafka's has committed, and what is not believed is rebuilt. Who opens a store owns it: a process that was
paused and has been replaced finds another owner, and writes nothing.

A store holds case tokens, event ids and urns, as the log does, no content and no key.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import lmdb
import orjson

from contracts.decision import state_tables
from contracts.decision.shelves import LostRowError
from contracts.decision.state import State, Tail
from contracts.decision.state_rows import AGENDAS, SHELVES, tail_from, tail_json
from contracts.encoding import canonical, sha256
from contracts.log.orders import Registry
from contracts.vocabulary import topics
from services.platform.process.exit_codes import FencedError
from services.routing.store_file import SUMS, Found, SpoiltError, look_through, row_check

FORMAT: Final = 1  # of rows and head: a store of another one is not read
MAP_BYTES: Final = 64 << 30  # of address space; a file takes what its rows take
MAX_KEY_BYTES: Final = 511  # LMDB's, of a file made with its defaults
# Of all stores of a process together, whatever their number:
LOOKS: Final = 120  # after which pages are given back: each look brings some 64 kB into memory
HOT_BYTES: Final = 9 << 20  # of rows at hand; as objects some 5 times it, and few tables are full
TABLES: Final = (*SHELVES, *AGENDAS)
_DIGEST_BYTES: Final = 32
_HEAD: Final = b"head"
_OWNER: Final = b"owner"


class NotBelievedError(Exception):
    """A store that is not what its log says: `damaged`, `format`, `foreign`, `ahead`."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a state goes.

    Attributes:
        decisions, evidence: offsets of the last record and of its evidence.
        taken: topic -> offset after the last input that the log speaks of.
    """

    decisions: int
    evidence: int
    taken: Mapping[str, int] = field(default_factory=dict)


class StateStore:
    """One partition's store, open and owned.

    Attributes:
        tail, reached: up to where it goes; an empty tail and None if it holds nothing.
    """

    def __init__(
        self, path: Path, realm: str, partition: int, stores: int = topics.PARTITIONS
    ) -> None:
        """Open a store, or make one; nobody who opened it before writes to it any more.

        Args:
            stores: that a process has, this one among them.

        Raises:
            OSError, lmdb.Error: it cannot be.
        """
        self.path = path
        self.tail = Tail()
        self.reached: Reach | None = None
        self._log = {"format": FORMAT, "realm": realm, "partition": partition}
        self._sum = 0
        self._owner = secrets.token_bytes(16)
        self._looks, self._most_looks = 0, max(1, LOOKS // stores)
        self._hot_bytes = HOT_BYTES // stores // len(SHELVES)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._open(create=True)
        with self._env.begin(write=True) as transaction:
            transaction.put(_OWNER, self._owner)
            self._last = transaction.id()

    def _open(self, *, create: bool) -> None:
        self._env = lmdb.open(
            str(self.path), map_size=MAP_BYTES, subdir=False, mode=0o600, max_dbs=len(TABLES) + 1,
            readahead=False, metasync=False, create=create,
        )  # fmt: skip
        try:
            self._tables = {
                name: self._env.open_db(name.encode(), create=create) for name in TABLES
            }
        except BaseException:
            self._env.close()
            raise

    def _unmap(self) -> None:
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

    def check(self, registry: Registry, found: Found) -> None:
        """Read the head and hold what the file was found to hold to it; an empty store is believed.

        Raises:
            NotBelievedError: `damaged`, `format`, `foreign`.
        """
        value = self._head()
        if value != found.own.get(_HEAD.decode()):  # whoever had it before wrote once more
            found = look_at(self.path)
        if value is None:
            if found.total:
                raise NotBelievedError("damaged")
            return
        head, digest = value[_DIGEST_BYTES:], value[:_DIGEST_BYTES]
        if sha256(head) != digest:
            raise NotBelievedError("damaged")
        told: dict[str, Any] = orjson.loads(head)
        if told.get("format") != FORMAT:
            raise NotBelievedError("format")
        if any(told[name] != wanted for name, wanted in self._log.items()):
            raise NotBelievedError("foreign")
        if int(told["sum"], 16) != found.total:
            raise NotBelievedError("damaged")
        tail = tail_from(told["tail"])
        known = {"", *registry.directories, *registry.conventions}
        if tail.dird not in known or tail.convd not in known:
            raise NotBelievedError("foreign")  # its log is under other keys and rules than ours
        self.tail, self._sum = tail, found.total
        self.reached = Reach(told["decisions"], told["evidence"], told["taken"])

    def state(self) -> State:
        """The state that it holds; what is changed there is in the store once `write` was called."""
        return state_tables.on_tables(self.tail.copy(), self._table, self._hot_bytes)

    def write(self, state: State, reached: Reach) -> None:
        """Take over all that has changed, and up to where.

        Raises:
            FencedError: somebody else has opened it since.
            LostRowError: it is not where it was, and what was written is lost.
            lmdb.Error: it could not be written; nothing was.
        """
        total = self._sum
        with self._env.begin(write=True) as transaction:
            self._check_owner(transaction.get(_OWNER))
            for name, key, value in state_tables.changes(state):
                table = self._tables[name]
                old = transaction.get(key, db=table)
                total -= 0 if old is None else row_check(name, key, old)
                if value is None:
                    transaction.delete(key, db=table)
                else:
                    transaction.put(key, value, db=table)
                    total += row_check(name, key, value)
            total %= SUMS
            head = canonical(
                {
                    **self._log, "tail": tail_json(state.tail), "sum": f"{total:016x}",
                    "decisions": reached.decisions, "evidence": reached.evidence,
                    "taken": dict(reached.taken),
                }
            )  # fmt: skip
            transaction.put(_HEAD, sha256(head) + head)
            last = transaction.id()
        self._last = last
        state_tables.written(state)
        self.tail, self.reached, self._sum = state.tail.copy(), reached, total
        self._unmap()

    def look(self, name: str) -> tuple[lmdb.Environment, Any]:
        """Where a table can be looked into now."""
        if self._looks >= self._most_looks:
            self._unmap()
        self._looks += 1
        return self._env, self._tables[name]

    def close(self) -> None:
        """Close it; its state can be read no more."""
        self._env.close()

    def _table(self, name: str) -> LmdbTable:
        return LmdbTable(self, name)

    def _head(self) -> bytes | None:
        with self._env.begin() as transaction:
            value: bytes | None = transaction.get(_HEAD)
            return value


class LmdbTable:
    """One table of a store, as it was last written."""

    def __init__(self, store: StateStore, name: str) -> None:
        self._store = store
        self._name = name

    def get(self, key: bytes) -> bytes | None:
        """The value of a key."""
        if not 0 < len(key) <= MAX_KEY_BYTES:
            return None
        try:
            env, table = self._store.look(self._name)
            with env.begin(db=table) as transaction:
                found: bytes | None = transaction.get(key)
                return found
        except lmdb.Error as error:
            raise LostRowError(str(error)) from error

    def after(self, key: bytes) -> bytes | None:
        """The first key behind another."""
        try:
            env, table = self._store.look(self._name)
            with env.begin(db=table) as transaction, transaction.cursor() as cursor:
                there = cursor.set_range(key + b"\0")
                found: bytes = cursor.key()
                return found if there else None
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


def store_path(folder: Path, realm: str, partition: int) -> Path:
    """Where a partition's state lies."""
    return folder / f"{realm}-{partition}.lmdb"


def look_at(path: Path) -> Found:
    """What a store's file holds; nothing if there is none.

    Raises:
        NotBelievedError: `damaged`: LMDB is not to open it.
    """
    try:
        return look_through(path) if path.exists() else Found()
    except (SpoiltError, OSError):
        raise NotBelievedError("damaged") from None
