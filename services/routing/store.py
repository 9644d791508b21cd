"""A shard's states on disk: opened, refused if the log differs, written while routing.

They are written a second after the last time, or earlier if many rows have changed: what is lost
with a process is read again from the log. Where there can be no store (a home that is read-only, a
full disk), all states are in memory and each start reads the whole log.

A file has what its shard owns and nothing else, or no erasure would reach it: under another layout
it is begun anew, and a shard that a layout no longer has leaves none.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from aiokafka import TopicPartition

from contracts.decision.state.state import State
from contracts.log.orders.layout import Layout, ordered
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.os_errors import store_fault
from services.platform.process.progress import ServiceHealth
from services.platform.store.owned import NotBelievedError
from services.platform.store.place import StorePlace, remove_store
from services.platform.store.states import StatesStore

FORMAT: Final = 7  # of rows and head: a store of another one is not read
ALONE: Final = Layout(1, 1)  # a realm's first layout, of one shard


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


class StateStore(StatesStore):
    """One shard's store, open and owned."""

    def __init__(self, path: Path, realm: str, layout: Layout = ALONE, shard: int = 0) -> None:
        """Open a store of what a shard owns, or make one; raises as `OwnedStore` does."""
        owned = layout.owned(shard)
        log: dict[str, object] = {"format": FORMAT, "of": "routing", "realm": realm}
        log |= {"layout": layout.number, "shard": shard, "owned": [*owned]}
        super().__init__(path, log, 1)
        self._owned = len(owned)

    def check_known(self, registry: Registry) -> None:
        """Read it, and hold its states to the keys and rules of control.

        Raises:
            NotBelievedError: `damaged`, `format`, `foreign`.
        """
        self.check()
        known = {"", *registry.directories, *registry.conventions}
        tails = [part["tail"] for part in self.parts.values()]
        if not {tail[name] for tail in tails for name in ("dird", "convd")} <= known:
            raise NotBelievedError("foreign")

    def begun(self, number: int) -> tuple[State, Reach | None]:
        """A partition's state, and how far it goes; None: of its log nothing is known."""
        state, part = self.state(number, self._owned), self.parts.get(number)
        if part is None:
            return state, None
        return state, Reach(part["decisions"], part["evidence"], part["taken"])

    def write(self, states: Mapping[int, tuple[State, Reach]]) -> None:
        """Take over all that has changed, and up to where; raises as `write_rows` does."""
        self.write_states(
            {number: (state, asdict(reach)) for number, (state, reach) in states.items()}
        )


class ShardStore:
    """The store of a shard, if there can be one, and what it does not have yet."""

    def __init__(
        self,
        folder: Path,
        realm: str,
        metrics: Metrics,
        health: ServiceHealth,
        layout: Layout = ALONE,
        shard: int = 0,
    ) -> None:
        self._realm, path = realm, folder / f"{realm}-{shard}.sqlite"
        make = partial(StateStore, path, realm, layout, shard)
        self.place = StorePlace(path, make, metrics, health, realm)
        # Partition -> what has been committed and is not written.
        self._reached: dict[int, tuple[State, Reach]] = {}

    async def open(self, registry: Registry) -> StateStore | None:
        """It, empty if not to be believed; None if there can be none."""
        return await self.place.open(lambda store: store.check_known(registry))

    def took(
        self,
        partition: int,
        state: State,
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
            self._reached[partition] = state, Reach(decided, kept, taken)
        else:
            self._reached.pop(partition, None)

    def write(self, *, now: bool = False) -> None:
        """Write what has been committed, if it is time or much, or `now`.

        Raises:
            FencedError: another process has opened the store since.
            LostRowError: the store is not where it was.
            UnreachableError: `store_unwritable`: a new start goes on without.
        """
        store = self.place.store
        if store is None or not self._reached or not (now or store.is_due(store.pending)):
            return
        try:
            store.write(self._reached)
        except sqlite3.Error as error:
            raise UnreachableError("store_unwritable", store_fault(error)) from error
        self._reached = {}


def remove_others(folder: Path, realm: str, registry: Registry) -> None:
    """Delete the stores of shards that the layout in force has not: no erasure reaches them."""
    shards = ordered(registry)[-1].shards
    named = re.compile(rf"({re.escape(realm)}-([0-9]+)\.sqlite)(-wal|-shm)?")
    with suppress(OSError):  # where nothing can be deleted, nothing can be erased either
        for path in [*folder.glob(f"{realm}-*")]:
            if (found := named.fullmatch(path.name)) and int(found[2]) >= shards:
                remove_store(path.with_name(found[1]))
