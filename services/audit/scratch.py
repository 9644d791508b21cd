"""States of a replay laid on disk while it lasts, so that years take no more memory than weeks.

They are nobody else's: begun empty, in a folder that goes with the replay.
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
from contracts.decision.state.shelves import LostRowError
from contracts.decision.state.state import State
from contracts.errors import UsageError
from contracts.log.replaying.replay import Replayer
from services.platform.process.os_errors import why
from services.platform.store.states import StatesStore

DISK: Final = (OSError, LostRowError, sqlite3.Error)  # what a disk raises
KEEP_ROWS: Final = 20_000  # changed, after which they are laid on disk
LOOK_EVERY: Final = 32  # records, of which each changes a few rows


class ScratchStates:
    """The states of a realm's partitions."""

    def __init__(self, folder: Path) -> None:
        self._store = StatesStore(folder / "states.sqlite", {"format": 1}, 1)
        self._since: Counter[int] = Counter()  # records since it was looked at

    def state(self, number: int, partitions: int) -> State:
        """A partition's, empty, one of so many."""
        return self._store.state(number, partitions)

    def look(self, number: int, replayer: Replayer) -> None:
        """Lay a partition's state on disk if much has changed and its last record is signed."""
        self._since[number] += 1
        if self._since[number] < LOOK_EVERY or not replayer.signed:
            return
        self._since[number] = 0
        states = self._store.states
        if tables.pending(states[number]) <= KEEP_ROWS // len(states):
            return
        if (state := replayer.settled()) is not None:
            self._store.write_states({number: (state, {})})

    def close(self) -> None:
        """Nothing is read in it any more."""
        self._store.close()


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
