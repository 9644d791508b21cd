"""A state over tables: changes and what is at hand in memory, all else in the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from contracts.decision.state.rows import AGENDAS, SHELVES
from contracts.decision.state.shelves import HOT_BYTES, Agenda, Shelf, Table
from contracts.decision.state.state import State, Tail

RowChange = tuple[str, bytes, bytes | None]  # name of a table, key, value or that it has gone


def on_tables(tail: Tail, table: Callable[[str], Table], most: int = HOT_BYTES) -> State:
    """The state that tables hold, by their names, up to a tail.

    Args:
        most: bytes of rows that each mapping keeps at hand.
    """
    shelves = {name: Shelf(table(name), form, most) for name, form in SHELVES.items()}
    agendas: dict[str, Agenda[Any]] = {name: Agenda(table(name)) for name in AGENDAS}
    return State(tail, **shelves, **agendas)  # type: ignore[arg-type]


def changes(state: State) -> Iterator[RowChange]:
    """What the tables do not have yet; only whole, and with the tail, are they a state."""
    for name, part in _parts(state):
        # By key: neighbours lie on one page. What goes and comes again stays in that order.
        for key, value in sorted(part.changes(), key=itemgetter(0)):
            yield name, key, value


def forgets(state: State) -> bool:
    """Whether the tables have a case that an erasure took away: nothing else takes one."""
    return isinstance(state.cases, Shelf) and state.cases.deletes


def written(state: State) -> None:
    """The tables have all changes."""
    for _, part in _parts(state):
        part.written()


def pending(state: State) -> int:
    """How many rows the tables do not have yet as they are."""
    return sum(part.pending for _, part in _parts(state))


def _parts(state: State) -> Iterator[tuple[str, Any]]:
    for name in (*SHELVES, *AGENDAS):
        yield name, getattr(state, name)
