"""Tables in memory, and what must hold of any state's rows."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contracts.decision.state import tables
from contracts.decision.state.rows import CASES, SHELVES, tail_from, tail_json
from contracts.decision.state.state import OPEN, State, Tail
from contracts.decision.state.view import View

Row = tuple[str, bytes, bytes]  # name of its table, key, value


@dataclass
class MemoryTable:
    """A table as a database would keep one."""

    values: dict[bytes, bytes] = field(default_factory=dict)
    keys: list[bytes] = field(default_factory=list)

    def get(self, key: bytes) -> bytes | None:
        return self.values.get(key)

    def after(self, key: bytes) -> bytes | None:
        at = bisect_right(self.keys, key)
        return self.keys[at] if at < len(self.keys) else None

    def __len__(self) -> int:
        return len(self.values)

    def write(self, key: bytes, value: bytes | None) -> None:
        if self.values.pop(key, None) is not None:
            self.keys.remove(key)
        if value is not None:
            insort(self.keys, key)
            self.values[key] = value


@dataclass
class Tables:
    """All tables of a state."""

    tail: Tail = field(default_factory=Tail)
    tables: dict[str, MemoryTable] = field(default_factory=lambda: defaultdict(MemoryTable))

    def state(self, most: int) -> State:
        """The state as far as it was written."""
        return tables.on_tables(self.tail.copy(), self.tables.__getitem__, most)

    def write(self, state: State) -> None:
        """Take all that has changed."""
        for name, key, value in tables.changes(state):
            self.tables[name].write(key, value)
        tables.written(state)
        self.tail = state.tail.copy()


def rows(state: State) -> Iterator[Row]:
    """All that a state holds beside its tail, table by table, in the order of keys.

    An event id that may be forgotten has no row: when it is depends on where batches ended.
    """
    for name, form in SHELVES.items():
        for key, value in sorted(getattr(state, name).items()):
            if name != "seen" or value.exp > state.tail.at:
                yield name, key.encode(), form.dump(value)


def whole(state: State) -> tuple[Tail, list[Row]]:
    """All of a state: the same wherever and however it was folded."""
    return state.tail, list(rows(state))


def state_from(tail: Tail, found: Iterable[Row]) -> State:
    """The state of these rows, in memory, with what is due by each."""
    state = State(tail=tail)
    for name, key, value in found:
        text, read = key.decode(), SHELVES[name].load(value)
        getattr(state, name)[text] = read
        if name == "seen":
            state.expiries.add((read.exp, text))
        elif name == "cases":
            for duty in read.duties.values():
                if duty.status == OPEN:
                    state.due.add((*duty.entry, text))
    return state


def as_rows(state: State) -> None:
    """A state is its rows and its tail: nothing is lost, not even order, nothing is added."""
    found = list(rows(state))

    again = state_from(tail_from(tail_json(state.tail)), found)

    assert list(rows(again)) == found
    assert again.tail == state.tail
    assert again.cases == state.cases
    for token, case in state.cases.items():
        in_order = [again.cases[token], case]
        assert len({repr((one.events, one.duties, one.links)) for one in in_order}) == 1
        assert CASES.load(CASES.dump(case)) == case
    assert again.seen == {jti: seen for jti, seen in state.seen.items() if seen.exp > state.tail.at}
    for name in ("chain", "seq", "kept", "ended"):
        assert getattr(again, name) == getattr(state, name)


def check_same(again: State, living: State) -> None:
    """A state that was folded otherwise is the one at work, in its rows and in what is due next."""
    as_rows(living)
    assert whole(again) == whole(living)
    assert View(again).next_due() == View(living).next_due()
