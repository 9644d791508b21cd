"""A partition's state in SQLite, beside the place of the log that it was folded up to.

A cache of the log and nothing more: rows and place are written in one transaction of SQLite, after
Kafka's has committed, and what is not believed is rebuilt.

A store holds case tokens, event ids and urns, as the log does, no content and no key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from contracts.decision.state import tables
from contracts.decision.state.rows import AGENDAS, SHELVES, tail_from, tail_json
from contracts.decision.state.state import State, Tail
from contracts.decision.state.sums import keep_up
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.store.owned import HOT_BYTES, NotBelievedError, OwnedStore

FORMAT: Final = 2  # of rows and head: a store of another one is not read
TABLES: Final = (*SHELVES, *AGENDAS)


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


@dataclass(frozen=True, slots=True)
class Begun:
    """A state that a start goes on behind, and where.

    Attributes:
        decisions, evidence: offsets read first; None: of a log that nothing is known of.
        taken: as in `Reach`.
    """

    state: State
    decisions: int | None = None
    evidence: int | None = None
    taken: Mapping[str, int] = field(default_factory=dict)


class StateStore(OwnedStore):
    """One partition's store, open and owned.

    Attributes:
        tail, reached: up to where it goes; an empty tail and None if it holds nothing.
    """

    def __init__(
        self, path: Path, realm: str, partition: int, stores: int = topics.PARTITIONS
    ) -> None:
        """Open a store, or make one; raises as `OwnedStore` does."""
        self.tail = Tail()
        self.reached: Reach | None = None
        self._total = 0  # of its rows (`sums.py`)
        self._hot_bytes = HOT_BYTES // stores // len(SHELVES)
        log = {"format": FORMAT, "realm": realm, "partition": partition}
        super().__init__(path, TABLES, log, stores)

    def check(self, registry: Registry) -> None:
        """Read the head and hold what the file holds to it; an empty store is believed.

        Raises:
            NotBelievedError: `damaged`, `format`, `foreign`.
        """
        told = self.told()
        if told is None:
            return
        tail = tail_from(told["tail"])
        known = {"", *registry.directories, *registry.conventions}
        if tail.dird not in known or tail.convd not in known:
            raise NotBelievedError("foreign")  # its log is under other keys and rules than ours
        self.tail, self._total = tail, int(told["rows"], 16)
        self.reached = Reach(told["decisions"], told["evidence"], told["taken"])

    def state(self) -> State:
        """The state that it holds; changes are in the store once `write` was called."""
        return tables.on_tables(self.tail.copy(), self.table, self._hot_bytes, total=self._total)

    def begun(self) -> Begun:
        """Its state, and where the log goes on behind it."""
        if self.reached is None:
            return Begun(self.state())
        reached = self.reached
        return Begun(self.state(), reached.decisions, reached.evidence, reached.taken)

    def write(self, state: State, reached: Reach) -> None:
        """Take over all that has changed, and up to where; raises as `write_rows` does."""
        total = keep_up(state)
        head = {
            "rows": f"{total:x}", "tail": tail_json(state.tail), "decisions": reached.decisions,
            "evidence": reached.evidence, "taken": dict(reached.taken),
        }  # fmt: skip
        forgets = tables.forgets(state)
        self.write_rows(tables.changes(state), head)
        tables.written(state)
        self.tail, self.reached, self._total = state.tail.copy(), reached, total
        if forgets:
            self.rewrite()


def store_path(folder: Path, realm: str, partition: int) -> Path:
    """Where a partition's state lies."""
    return folder / f"{realm}-{partition}.sqlite"
