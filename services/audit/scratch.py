"""States of a replay laid on disk while it lasts, so that years take no more memory than weeks.

They are nobody's proof and nobody else's: begun empty, in a folder that goes with the replay. They hold what the
log does: case tokens, event ids, urns.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from contracts.decision import state_tables
from contracts.decision.state import State, Tail
from contracts.decision.state_rows import AGENDAS, SHELVES
from contracts.decision.state_sum import keep_up
from services.platform.store.owned import HOT_BYTES, OwnedStore

TABLES: Final = (*SHELVES, *AGENDAS)
KEEP_ROWS: Final = 20_000  # changed, after which they are laid on disk
LOOK_EVERY: Final = 500  # records


class ScratchStates:
    """The states of some partitions."""

    def __init__(self, folder: Path, partitions: int) -> None:
        """Begin empty.

        Args:
            partitions: how many there will be.
        """
        self._folder = folder
        self._hot_bytes = HOT_BYTES // max(1, partitions) // len(SHELVES)
        self._stores: dict[int, OwnedStore] = {}
        self._steps = 0

    def state(self, number: int) -> State:
        """A partition's, empty."""
        path = self._folder / f"{number}.lmdb"
        store = self._stores[number] = OwnedStore(path, TABLES, {"format": 1}, 1)
        return state_tables.on_tables(Tail(), store.table, self._hot_bytes, total=0)

    def look(self, number: int, settled: Callable[[], State | None]) -> None:
        """Lay a partition's state on disk if much of it has changed.

        Args:
            settled: the state behind its last record, None while that is not sure.
        """
        self._steps += 1
        if self._steps % LOOK_EVERY:
            return
        state = settled()
        if state is not None and state_tables.pending(state) > KEEP_ROWS // len(self._stores):
            keep_up(state)
            self._stores[number].write_rows(state_tables.changes(state), {})
            state_tables.written(state)

    def close(self) -> None:
        """Nothing is read in them any more."""
        for store in self._stores.values():
            store.close()
