"""What nothing can fold again, in one file of SQLite a process, never deleted or begun anew.

    memory-<process>.sqlite    what a witness has cosigned, what a log has signed, how late it was
                               at least when a key was to go, how far webhooks are

It is small: every step reads all of it and holds it to a digest, whoever else has it open. Where it
cannot be read or written, or is not what was written, whatever needs it does nothing, and an alarm
says so until a step succeeds.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from contextvars import copy_context
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import RLock
from typing import Any, Final, TypeVar

import structlog

from contracts.encoding import sha256
from services.platform.ports import ports
from services.platform.process.durable_file import make_folder_durably, sync_folder
from services.platform.process.metrics import Metrics
from services.platform.process.os_errors import store_fault
from services.platform.process.progress import ServiceHealth

LOST: Final = "memory_lost"  # the code of an alarm and a warning
BUSY_S: Final = 5.0  # for another process
_DIGEST: Final = ""  # the row that says of all others what they are

T = TypeVar("T")

log = structlog.get_logger("relais.store")


class LostMemoryError(OSError):
    """It cannot be read or written, or is damaged; what was there is left as it is."""


class Memory:
    """One file; opened by the first step, and closed with the process at the latest."""

    def __init__(self, path: Path | None) -> None:
        """Nothing is opened yet.

        Args:
            path: None: it lasts as long as this value.
        """
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._told: tuple[Metrics, ServiceHealth] | None = None
        self._lost = False
        self._was_there = False
        self._alone = RLock()  # of two threads that have it
        self._thread = ThreadPoolExecutor(1, "memory")

    def watch(self, metrics: Metrics, health: ServiceHealth) -> None:
        """Tell of it from now on when it is lost; now, if it is."""
        self._told = metrics, health
        with suppress(LostMemoryError):
            self.get(_DIGEST)

    def get(self, name: str) -> bytes:
        """A value, empty if there is none.

        Raises:
            LostMemoryError: as `changing` does.
        """
        return self.read().get(name, b"")

    def read(self) -> dict[str, bytes]:
        """All values; nobody who reads too waits for it.

        Raises:
            LostMemoryError: as `changing` does.
        """
        with self._step("BEGIN") as rows:
            return rows

    def changing(self) -> AbstractContextManager[dict[str, bytes]]:
        """All values; what the block makes of them is on the disk afterwards, nothing if it raises.

        No other step, of another process either, comes in between.

        Raises:
            LostMemoryError: it cannot be read or written, or is damaged.
        """
        return self._step("BEGIN IMMEDIATE")

    async def aside(self, step: Callable[..., T], *args: Any) -> T:
        """Take steps in one thread, one after another: a slow disk holds up nobody else."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, copy_context().run, partial(step, *args))

    @contextmanager
    def _step(self, begin: str) -> Iterator[dict[str, bytes]]:
        with self._alone:
            try:
                with _transaction(self._opened(), begin) as db:
                    rows = _read(db)
                    before = dict(rows)
                    yield rows
                    _write(db, before, rows)
            except sqlite3.Error as error:
                self._tell(store_fault(error))
                raise LostMemoryError(store_fault(error)) from error
            except LostMemoryError as error:
                self._tell(str(error))
                raise
            if rows != before and self._path is not None:
                ports().synced(self._path)
            self._mended()

    def close(self) -> None:
        """Close it; a later step opens it again."""
        with self._alone:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            if self._was_there and self._path is not None and not self._path.exists():
                raise LostMemoryError("gone")  # whoever moved it may put it back; no new one begins
            self._db = _open(self._path)
            self._was_there = True
        return self._db

    def _tell(self, why: str) -> None:
        """Give alarm, once until it is mended."""
        self.close()
        if self._lost or self._told is None:
            return
        self._lost = True
        metrics, health = self._told
        health.warnings.add(LOST)
        metrics.alarms.labels(LOST).inc()
        log.error("alarm", code=LOST, why=why)

    def _mended(self) -> None:
        if self._lost and self._told is not None:
            self._lost = False
            self._told[1].warnings.discard(LOST)


def memory_path(folder: Path, process: str) -> Path:
    """Where a process's memory lies."""
    return folder / f"memory-{process}.sqlite"


def _open(path: Path | None) -> sqlite3.Connection:
    """Open a memory, or make one.

    Raises:
        LostMemoryError: it is damaged, or its folder cannot be made.
        sqlite3.Error: it cannot be opened.
    """
    try:
        if path is not None and not path.exists():
            make_folder_durably(path.parent)
            _begin(path)
    except OSError as error:
        raise LostMemoryError(type(error).__name__) from error
    db = ports().database(
        path or ":memory:", timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        if path is None:
            _make(db)
        _prepare(db)
    except BaseException:
        db.close()
        raise
    return db


def _begin(path: Path) -> None:
    """Put an empty one there, whole at once; another process's that was first stays.

    Raises:
        OSError: it cannot be written.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        _make(db)
        data = db.serialize()
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)
    ports().synced(path)
    sync_folder(path.parent)


def _make(db: sqlite3.Connection) -> None:
    columns = "name TEXT PRIMARY KEY, value BLOB NOT NULL"
    db.execute(f"CREATE TABLE memory ({columns}) WITHOUT ROWID")
    db.execute("INSERT INTO memory VALUES (?, ?)", (_DIGEST, _digest({})))


def _prepare(db: sqlite3.Connection) -> None:
    """Hold it to its form. What was written is on the disk (`FULL`), and in this one file alone.

    It has no WAL: of a damaged one SQLite reads less and says nothing.
    """
    for pragma in ("journal_mode=TRUNCATE", "synchronous=FULL", "secure_delete=ON"):
        db.execute(f"PRAGMA {pragma}")
    if db.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        raise LostMemoryError("damaged")


@contextmanager
def _transaction(db: sqlite3.Connection, begin: str) -> Iterator[sqlite3.Connection]:
    db.execute(begin)
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


def _read(db: sqlite3.Connection) -> dict[str, bytes]:
    rows = dict(db.execute("SELECT name, value FROM memory"))
    try:
        sound = rows.pop(_DIGEST, None) == _digest(rows)
    except (AttributeError, TypeError):  # no text, no bytes
        sound = False
    if not sound:
        raise LostMemoryError("damaged")
    return rows


def _write(db: sqlite3.Connection, before: Mapping[str, bytes], rows: Mapping[str, bytes]) -> None:
    changed = {name: value for name, value in rows.items() if before.get(name) != value}
    gone = before.keys() - rows.keys()
    if changed or gone:
        db.executemany("DELETE FROM memory WHERE name = ?", [(name,) for name in sorted(gone)])
        put = [*changed.items(), (_DIGEST, _digest(rows))]
        db.executemany("INSERT OR REPLACE INTO memory VALUES (?, ?)", put)


def _digest(rows: Mapping[str, bytes]) -> bytes:
    return sha256(
        b"".join(sha256(name.encode()) + sha256(value) for name, value in sorted(rows.items()))
    )
