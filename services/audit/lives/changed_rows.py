"""Rows of some tables of a store, as they were written and with what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, Protocol

import orjson

from contracts.decision.state.tables import RowChange
from contracts.encoding import canonical
from services.audit.lives.rows import Row

MOST_ROWS: Final = 200  # steps or duties of one event that are told


class Rows(Protocol):
    """A store that has these tables."""

    def value(self, name: str, key: bytes) -> bytes | None:
        """What a table has under a key."""

    def rows(self, name: str, start: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows of a table from a key on, in their order."""


class ChangedRows:
    """What is written, and over it what is not yet."""

    def __init__(self, store: Rows) -> None:
        self._store = store
        self._changed: dict[tuple[str, bytes], bytes | None] = {}

    def get(self, name: str, key: bytes) -> Any:
        """A row, None if there is none."""
        if (name, key) in self._changed:
            value = self._changed[name, key]
        else:
            value = self._store.value(name, key)
        return None if value is None else orjson.loads(value)

    def put(self, name: str, key: bytes, row: Row | None) -> None:
        """Change a row; None takes it away."""
        self._changed[name, key] = None if row is None else canonical(row)

    def all(self, name: str, prefix: bytes = b"") -> Iterator[tuple[bytes, Row]]:
        """Rows whose key begins so: those written, as they are now, then those that are new."""
        met = set()
        for key, value in self._store.rows(name, prefix):
            if not key.startswith(prefix):
                break
            met.add(key)
            now = self._changed.get((name, key), value)
            if now is not None:
                yield key, orjson.loads(now)
        for (table, key), new in list(self._changed.items()):
            if table == name and key.startswith(prefix) and key not in met and new is not None:
                yield key, orjson.loads(new)

    def below(self, name: str, prefix: bytes) -> Iterable[tuple[bytes, Row]]:
        """The same, and no more of them than are told."""
        return islice(self.all(name, prefix), MOST_ROWS)

    @property
    def pending(self) -> int:
        """How many rows are not written."""
        return len(self._changed)

    def changes(self) -> Iterator[RowChange]:
        """What is to be written."""
        for (name, key), value in self._changed.items():
            yield name, key, value

    def written(self) -> None:
        """It was."""
        self._changed.clear()
