"""States of a realm's partitions in one file, each beside how far the log was folded into it.

Each partition has tables of its own (`cases/3`) in it, so that what is compared across partitions
and every position are written in one transaction, after Kafka's has committed. A store is a cache
of the log and nobody's proof: what is not believed is folded anew. It holds case tokens, event ids
and urns, as the log does, no content and no key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

from contracts.decision.state import tables
from contracts.decision.state.rows import SHELVES, tail_from, tail_json
from contracts.decision.state.state import State, Tail
from contracts.decision.state.tables import RowChange
from services.platform.store.owned import HOT_BYTES, OwnedStore

KEEP_ROWS: Final = 20_000  # changed, after which they are written while a log is read
States = Mapping[int, tuple[State, Mapping[str, Any]]]


class StatesStore(OwnedStore):
    """States of partitions, in a file that is open and owned.

    Attributes:
        states: partition -> its state, of those that were asked for.
        parts: partition -> its `tail`, and what was written with it.
    """

    def __init__(self, path: Path, log: Mapping[str, Any], stores: int) -> None:
        """Open a store, or make one; arguments and errors as `OwnedStore` has them."""
        super().__init__(path, log, stores)
        self.parts: dict[int, dict[str, Any]] = {}
        self.hot_bytes = HOT_BYTES // stores // (len(SHELVES) + 1)
        self.states: dict[int, State] = {}

    def check(self) -> None:
        """Read it as `OwnedStore` does, and begin behind it."""
        super().check()
        self.parts = {int(number): part for number, part in self.head.get("parts", {}).items()}

    def state(self, number: int, partitions: int) -> State:
        """A partition's state, of so many, as far as the file has it."""
        part = self.parts.get(number)
        tail = tail_from(part["tail"]) if part else Tail()
        most = self.hot_bytes // max(1, partitions)
        state = tables.on_tables(tail, lambda name: self.table(f"{name}/{number}"), most)
        self.states[number] = state
        return state

    @property
    def pending(self) -> int:
        """How many rows of states are not written."""
        return sum(map(tables.pending, self.states.values()))

    def write_states(
        self,
        states: States,
        more: Iterable[RowChange] = (),
        *,
        forgets: bool = False,
        **head: Any,
    ) -> None:
        """Take over what has changed of some partitions; raises as `write_rows` does.

        Args:
            states: of each partition its state, and what is kept with it.
            more: rows of other tables.
            forgets: whether an erasure took any of those away.
            head: what else is kept.
        """
        parts = self.parts | {
            number: {"tail": tail_json(state.tail), **beside}
            for number, (state, beside) in states.items()
        }
        forgets = forgets or any(tables.forgets(state) for state, _ in states.values())
        told = {str(number): part for number, part in parts.items()}
        self.write_rows(chain(_rows(states), more), {**head, "parts": told}, forgets=forgets)
        self.parts = parts
        for state, _ in states.values():
            tables.written(state)


def _rows(states: States) -> Iterator[RowChange]:
    for number, (state, _) in states.items():
        for name, key, value in tables.changes(state):
            yield f"{name}/{number}", key, value
