"""The stores of one shard: opened, refused if the log differs, written while routing.

A store is written a second or two after the first change that it does not have, or earlier if there
are many, and under load one at a time, so that no event waits for all of them: what is lost with a
process is read again from the log. Where there can be none (a home that is read-only, a full disk),
the whole state is in memory and each start reads the whole log.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from aiokafka import TopicPartition
from prometheus_client import Gauge

from contracts.decision.state import tables
from contracts.decision.state.state import State
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.ports import monotonic
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.store.owned import NotBelievedError, try_open
from services.routing.store import Reach, StateStore, store_path

WRITE_S: Final = 1.0
LATE_S: Final = 2.0  # after which a store waits for no other
WRITE_ROWS: Final = 5_000  # of all

log = structlog.get_logger("relais.routing")


class Stores:
    """Of each owned partition a store, if there can be one."""

    def __init__(
        self, folder: Path, realm: str, metrics: Metrics, owned: int = topics.PARTITIONS
    ) -> None:
        self._folder = folder
        self._realm = realm
        self._owned = owned
        self._metrics = metrics
        self._open: dict[int, StateStore] = {}
        self._reached: dict[int, Reach] = {}  # by what has been committed
        self._since: dict[int, float] = {}  # when the first change came that is not written
        self._wrote = 0.0  # when the last one was written

    async def open(self, partition: int, registry: Registry) -> StateStore | None:
        """The store of a partition, empty if not to be believed; None if there can be none."""
        try:
            store = self._opened(partition)
            if store is not None:  # seconds for a large one, in which `/live` is answered
                await asyncio.to_thread(store.check, registry)
        except NotBelievedError as error:
            return self.refuse(partition, error)
        return store

    def refuse(self, partition: int, error: Exception) -> StateStore | None:
        """A new store in place of one that is not what the log says, or that could not be used."""
        before = self._open.pop(partition, None)
        if before is not None:
            before.close()
        why = str(error) if isinstance(error, NotBelievedError) else type(error).__name__
        log.warning("store refused", partition=partition, why=why)
        self._metrics.stores_refused.labels(self._realm, why).inc()
        if isinstance(error, sqlite3.Error):
            self._there(partition).set(0)
            return None
        return self._opened(partition, anew=True)

    def took(
        self,
        partition: int,
        last: Mapping[TopicPartition, int],
        inputs: Mapping[TopicPartition, int],
    ) -> None:
        """Take note of what a committed transaction wrote, and of how far inputs were taken."""
        kept, decided = (
            last.get(TopicPartition(name, partition), -1)
            for name in (topics.evidence(self._realm), topics.decisions(self._realm))
        )
        taken = {place.topic: at for place, at in inputs.items() if place.partition == partition}
        if kept >= 0 and decided >= 0:  # Kafka need not tell of a record that it had already
            self._reached[partition] = Reach(decided, kept, taken)
            self._since.setdefault(partition, monotonic())
        else:
            self._reached.pop(partition, None)
            self._since.pop(partition, None)

    def write(self, states: Iterable[tuple[int, State]], *, now: bool = False) -> None:
        """Write what has been committed, if it is time or much.

        Raises:
            FencedError: another process has opened a store since.
            LostRowError: a store is not where it was.
            UnreachableError: `store_unwritable`: a new start goes on without.
        """
        own = {number: state for number, state in states if number in self._open}
        while (number := self._next(own, now=now)) is not None:
            try:
                self._open[number].write(own[number], self._reached[number])
            except sqlite3.Error as error:
                raise UnreachableError("store_unwritable", type(error).__name__) from error
            del self._reached[number], self._since[number]
            self._wrote = monotonic()

    def _next(self, own: Mapping[int, State], *, now: bool) -> int | None:
        """The store that has waited longest, if it is time or much."""
        first = next((number for number in self._since if number in own), None)
        if first is None:
            return None
        clock = monotonic()
        late = clock - self._since[first]
        turn = late > WRITE_S and clock - self._wrote > WRITE_S / len(own)
        rows = sum(tables.pending(state) for state in own.values())
        return first if now or turn or late > LATE_S or rows > WRITE_ROWS else None

    def close(self) -> None:
        """Close all."""
        while self._open:
            self._open.popitem()[1].close()

    def _opened(self, partition: int, *, anew: bool = False) -> StateStore | None:
        path = store_path(self._folder, self._realm, partition)
        make = partial(StateStore, path, self._realm, partition, self._owned)
        names = {"realm": self._realm, "partition": partition}
        store = try_open(make, path, self._there(partition), log, anew=anew, **names)
        if store is not None:
            self._open[partition] = store
        return store

    def _there(self, partition: int) -> Gauge:
        return self._metrics.store.labels(self._realm, str(partition))
