"""Where a store lies: opened, begun anew where it is not believed, done without where none can be.

A store is a cache. On a disk that is read-only or full its process goes on in memory, and the next
start reads all of it again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

import structlog

from contracts.decision.state.shelves import LostRowError
from services.platform.process.metrics import Metrics
from services.platform.process.os_errors import store_fault
from services.platform.process.progress import ServiceHealth
from services.platform.store.owned import NotBelievedError, OwnedStore

SLOW: Final = "disk_slow"  # the code of a warning, before a store's name
SLOW_S: Final = 3.0  # of a write
NONE: Final = "no_store"  # of another warning, in the same way
Store = TypeVar("Store", bound=OwnedStore)
# What SQLite says of a file that is not sound; of a disk that takes nothing it says otherwise.
_SPOILT: Final = {
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_SCHEMA,
}  # fmt: skip

log = structlog.get_logger("relais.store")


class StorePlace(Generic[Store]):
    """Where a process keeps one store.

    Attributes:
        path: of its file.
        store: it, while it is open.
    """

    def __init__(
        self,
        path: Path,
        make: Callable[[], Store],
        metrics: Metrics,
        health: ServiceHealth,
        realm: str = "all",
    ) -> None:
        """Nothing is opened yet.

        Args:
            make: opens it at that path.
            health: is warned while writes are slow.
            realm: whose it is, in metrics and log lines.
        """
        self.path = path
        self.store: Store | None = None
        self._make, self._realm, self._metrics = make, realm, metrics
        self._health, self._slow = health, f"{SLOW}_{realm}"  # stores of a process: one a realm
        self._none = f"{NONE}_{realm}"
        self._there = metrics.store.labels(realm)

    async def open(self, check: Callable[[Store], None]) -> Store | None:
        """The store, empty if it is not believed; None if there can be none.

        Args:
            check: reads it, and raises `NotBelievedError`.
        """
        try:
            store = self._opened()
            if store is not None:  # seconds for a large one, in which `/live` is answered
                await asyncio.to_thread(check, store)
        except NotBelievedError as error:
            return self.refuse(error)
        return store

    def refuse(self, error: Exception) -> Store | None:
        """A new store in place of one that is not what the log says, or that cannot be read."""
        self.close()
        why = str(error) if isinstance(error, NotBelievedError) else store_fault(error)
        log.warning("store refused", realm=self._realm, why=why)
        self._metrics.stores_refused.labels(self._realm, why).inc()
        if isinstance(error, sqlite3.Error):
            self._tell_none()
            return None
        return self._opened(anew=True)

    def give_up(self, error: Exception) -> None:
        """Go on without: it cannot be opened or written."""
        log.warning("no store", realm=self._realm, why=store_fault(error))
        self._tell_none()
        self.close()

    def _tell_none(self) -> None:
        self._there.set(0)
        self._health.warnings.add(self._none)

    def close(self) -> None:
        """Close it."""
        if self.store is not None:
            self.store.close()
            self.store = None
            self._health.warnings.discard(self._slow)

    def _opened(self, *, anew: bool = False) -> Store | None:
        try:
            self.store = open_store(self._make, self.path, anew=anew)
        except (OSError, sqlite3.Error, NotBelievedError) as error:
            if isinstance(error, NotBelievedError) and not anew:
                raise
            self.give_up(error)  # a new one that is spoilt itself is no store either
        else:
            self._there.set(1)
            self._health.warnings.discard(self._none)
            self.store.on_write = self._wrote
        return self.store

    def _wrote(self, seconds: float) -> None:
        warn = self._health.warnings.add if seconds > SLOW_S else self._health.warnings.discard
        warn(self._slow)


def open_store(make: Callable[[], Store], path: Path, *, anew: bool = False) -> Store:
    """A store, opened.

    Args:
        make: opens it at that path.
        anew: a new one, whatever lies there.

    Raises:
        NotBelievedError: `damaged`: no file of SQLite.
        OSError, sqlite3.Error: there can be none, such as on a disk that is read-only or full.
    """
    if anew:
        remove_store(path)
    try:
        return make()
    except (LostRowError, UnicodeDecodeError, sqlite3.DatabaseError) as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _SPOILT:
            raise NotBelievedError("damaged") from None
        raise


def remove_store(path: Path) -> None:
    """Delete a store; who has it open finds out before it writes the next time."""
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
