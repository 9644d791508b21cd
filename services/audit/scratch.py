"""States of a replay laid on disk while it lasts, so that years take no more memory than weeks.

They are nobody's proof and nobody else's: begun empty, in a folder that goes with the replay. They
hold what the
log does: case tokens, event ids, urns.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from contracts.decision.state import tables
from contracts.decision.state.rows import AGENDAS, SHELVES
from contracts.decision.state.shelves import LostRowError
from contracts.decision.state.state import State, Tail
from contracts.decision.state.sums import keep_up
from contracts.errors import UsageError
from contracts.log.replaying.replay import Replayer
from services.platform.process.os_errors import why
from services.platform.store.owned import HOT_BYTES, OwnedStore

DISK: Final = (OSError, LostRowError, sqlite3.Error)  # what a disk raises
TABLES: Final = (*SHELVES, *AGENDAS)
KEEP_ROWS: Final = 20_000  # changed, after which they are laid on disk
LOOK_EVERY: Final = 32  # records, of which each changes a few rows


class ScratchStates:
    """The states of a realm's partitions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stores: dict[int, OwnedStore] = {}
        self._states: dict[int, State] = {}
        self._since: Counter[int] = Counter()  # records since it was looked at

    def state(self, number: int, partitions: int) -> State:
        """A partition's, empty, one of so many."""
        hot_bytes = HOT_BYTES // max(1, partitions) // len(SHELVES)
        path = self._folder / f"{number}.sqlite"
        store = self._stores[number] = OwnedStore(path, TABLES, {"format": 1}, max(1, partitions))
        state = tables.on_tables(Tail(), store.table, hot_bytes, total=0)
        self._states[number] = state
        return state

    def look(self, number: int, replayer: Replayer) -> None:
        """Lay a partition's state on disk if much has changed and its last record is signed."""
        self._since[number] += 1
        if self._since[number] < LOOK_EVERY or not replayer.signed:
            return
        self._since[number] = 0
        if tables.pending(self._states[number]) <= KEEP_ROWS // len(self._stores):
            return
        state = replayer.settled()
        if state is not None:
            keep_up(state)
            self._stores[number].write_rows(tables.changes(state), {})
            tables.written(state)

    def close(self) -> None:
        """Nothing is read in them any more."""
        for store in self._stores.values():
            store.close()


@contextmanager
def on_disk() -> Iterator[None]:
    """Say of a disk that it takes no more, or gives back something else.

    Raises:
        UsageError: `scratch_lost`.
    """
    try:
        yield
    except DISK as error:
        raise scratch_lost(error) from error


def scratch_lost(error: Exception) -> UsageError:
    """What a disk's error ends a replay with."""
    got = why(error) if isinstance(error, OSError) else type(error).__name__
    expected = "a temporary folder with room for what is laid aside"
    return UsageError("scratch_lost", got, expected, gettempdir())
