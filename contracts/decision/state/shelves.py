"""Where a state keeps what grows: in memory as it is, or in a table with only the rest in memory.

A table is whatever keeps rows of bytes in the order of their keys; this module reads and writes
none. A shelf shows one as a mapping, an agenda as an ordered set. What was changed since the table
was last written stays in memory and is told by `changes`; `written` says that the table has it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

E = TypeVar("E", bound=tuple[Any, ...])
V = TypeVar("V")

Change = tuple[bytes, bytes | None]  # a key, and its value or that it has gone
HOT_BYTES: Final = 1 << 18  # of rows whose values a shelf keeps at hand; as objects some 5 times it
_INSTANT_BYTES: Final = 8
MOST_ABSENT: Final = 10_000  # keys of which a shelf remembers that the table lacks them


class LostRowError(Exception):
    """A table cannot be read any more: nothing may be decided without it."""


class Table(Protocol):
    """Rows by key, as they were last written."""

    def get(self, key: bytes) -> bytes | None:
        """The value of a key.

        Raises:
            LostRowError: it cannot be read.
        """

    def after(self, key: bytes) -> bytes | None:
        """The first key behind another; behind the empty one, the first of all."""

    def __len__(self) -> int: ...


def keys_of(table: Table) -> Iterator[bytes]:
    """All keys of a table, in their order."""
    at = table.after(b"")
    while at is not None:
        yield at
        at = table.after(at)


@dataclass(frozen=True, slots=True)
class RowForm(Generic[V]):
    """How a value becomes bytes, and again a value equal to it."""

    dump: Callable[[V], bytes]
    load: Callable[[bytes], V]


class Shelf(MutableMapping[str, V]):
    """A table as a mapping: what was changed, what was read last, and the rest on the table.

    A value that was taken from it is never changed in place: it is set anew.
    """

    def __init__(self, table: Table, form: RowForm[V], most: int = HOT_BYTES) -> None:
        self._table = table
        self._form = form
        self._most = most
        self._changed: dict[str, V | None] = {}
        self._hot: dict[str, tuple[V, int]] = {}  # with its bytes, the last used last
        self._absent: set[str] = set()  # keys that the table was found not to have
        self._size = 0
        self._count: int | None = None  # counted once: a service asks every second

    def __getitem__(self, key: str) -> V:
        value = self._find(key)
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """As a mapping's; most keys that are asked for are absent, and an exception is dear."""
        value = self._find(key)
        return default if value is None else value

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._find(key) is not None

    def _find(self, key: str) -> V | None:
        if key in self._changed:
            return self._changed[key]
        hot = self._hot.pop(key, None)
        if hot is not None:
            self._hot[key] = hot
            return hot[0]
        if key in self._absent:
            return None
        row = self._table.get(key.encode())
        if row is None:
            self._miss(key)
            return None
        value = self._loaded(row)
        self._keep(key, value, len(row))
        return value

    def __setitem__(self, key: str, value: V) -> None:
        if self._count is not None:
            self._count += key not in self
        self._forget(key)
        self._changed[key] = value

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        if self._count is not None:
            self._count -= 1
        self._forget(key)
        self._changed[key] = None

    def __iter__(self) -> Iterator[str]:
        yield from (key for key, value in self._changed.items() if value is not None)
        known = map(bytes.decode, keys_of(self._table))
        yield from (key for key in known if key not in self._changed)

    def __len__(self) -> int:
        if self._count is None:
            self._count = len(self._table)
            for key, value in self._changed.items():
                self._count += (value is not None) - (self._table.get(key.encode()) is not None)
        return self._count

    @property
    def pending(self) -> int:
        """How many keys the table does not have yet as they are."""
        return len(self._changed)

    @property
    def deletes(self) -> bool:
        """Whether the table may have what is gone."""
        return None in self._changed.values()

    def changes(self) -> Iterator[Change]:
        """What the table does not have yet; what came and went meanwhile it never had."""
        for key, value in self._changed.items():
            yield key.encode(), None if value is None else self._form.dump(value)

    def written(self) -> None:
        """The table has all changes: what is asked for again is read from there."""
        self._changed.clear()
        self._absent.clear()

    def _loaded(self, row: bytes) -> V:
        try:
            return self._form.load(row)
        except Exception as error:
            raise LostRowError(type(error).__name__) from error

    def _miss(self, key: str) -> None:
        """A new event's case and id are asked for six times before they are there."""
        if len(self._absent) >= MOST_ABSENT:
            self._absent.clear()
        self._absent.add(key)

    def _keep(self, key: str, value: V, size: int) -> None:
        self._hot[key] = value, size
        self._size += size
        while self._size > self._most and len(self._hot) > 1:
            self._forget(next(iter(self._hot)))

    def _forget(self, key: str) -> None:
        hot = self._hot.pop(key, None)
        if hot is not None:
            self._size -= hot[1]


class Agenda(Generic[E]):
    """Entries in their order, of which the first are taken: what was added, and those of a table.

    An entry is an instant and texts, and a key of the table. What was taken is passed by: the
    table's first entry is the first behind it.
    """

    def __init__(self, table: Table | None = None) -> None:
        self._table = table  # None: all is in memory
        self._added: list[E] = []  # a heap
        self._taken: list[bytes] = []  # the table's keys, in order
        self._left_out: set[bytes] = set()  # of the table's keys
        self._first: E | None = None  # of what is left on the table
        self._looked = False

    def first(self) -> E | None:
        """The first entry, None if there is none."""
        theirs = self._theirs()
        if self._added and (theirs is None or self._added[0] <= theirs):
            return self._added[0]
        return theirs

    def take(self) -> E:
        """Take the first entry away, from where it was added and from the table."""
        entry = self.first()
        if entry is None:
            raise IndexError("nothing is due")
        if entry == self._theirs():
            self._taken.append(_key(entry))
            self._looked = False
        if self._added and self._added[0] == entry:
            heapq.heappop(self._added)
        return entry

    def add(self, entry: E) -> None:
        """Add an entry, in its place."""
        heapq.heappush(self._added, entry)

    def discard(self, is_gone: Callable[[E], bool]) -> None:
        """Leave out entries, wherever they stand."""
        self._added = [entry for entry in self._added if not is_gone(entry)]
        heapq.heapify(self._added)
        if self._table is not None:
            gone = (key for key in keys_of(self._table) if is_gone(_entry(key)))
            self._left_out.update(gone)
            self._looked = False

    @property
    def pending(self) -> int:
        """How many entries the table does not have yet, or has still."""
        return len(self._added) + len(self._taken) + len(self._left_out)

    def changes(self) -> Iterator[Change]:
        """What the table has still, then what it does not have yet: some of it was given back."""
        for key in (*self._taken, *self._left_out):
            yield key, None
        for key in sorted(set(map(_key, self._added))):
            yield key, b""

    def written(self) -> None:
        """The table has all changes."""
        self._added.clear()
        self._taken.clear()
        self._left_out.clear()
        self._looked = False

    def _theirs(self) -> E | None:
        """The first entry on the table that was not taken."""
        if self._table is not None and not self._looked:
            key = self._table.after(self._taken[-1] if self._taken else b"")
            while key in self._left_out:
                key = self._table.after(key)
            self._first = None if key is None else _entry(key)
            self._looked = True
        return self._first


def _key(entry: tuple[Any, ...]) -> bytes:
    """By the instant and then the texts, whose end is lower than any of their characters."""
    instant, *texts = entry
    return bytes(instant.to_bytes(_INSTANT_BYTES, "big")) + "\0".join(texts).encode()


def _entry(key: bytes) -> Any:
    texts = key[_INSTANT_BYTES:].decode().split("\0")
    return int.from_bytes(key[:_INSTANT_BYTES], "big"), *texts
