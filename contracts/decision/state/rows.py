"""A state as rows of bytes, and again as a state equal to it.

Rows are canonical: the same state has the same rows, wherever and however it was folded. Whatever a
decision goes through in order (a case's events, duties, links) keeps its order; sets are sorted.
What follows from other rows (when something is due or may be forgotten) has none of its own.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, Final, TypeVar

import orjson

from contracts.decision.state.effects import duty_from, same, words
from contracts.decision.state.shelves import RowForm
from contracts.decision.state.state import (
    Case,
    DeskEnd,
    Duty,
    Kept,
    Past,
    Seen,
    Tail,
)

Row = tuple[str, bytes, bytes]  # name of its table, key, value
V = TypeVar("V")


def _names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


_DUTY: Final = _names(Duty)


def _dump_case(case: Case) -> bytes:
    events = [
        [
            jti, past.iss, past.etype, past.iat, past.withdrawn,
            [[desk, *given] for desk, given in past.desks.items()], list(past.stages.items()),
        ]
        for jti, past in case.events.items()
    ]  # fmt: skip
    duties = [[getattr(duty, name) for name in _DUTY] for duty in case.duties.values()]
    links = list(case.links.items())
    return orjson.dumps([events, sorted(case.assigned), duties, links, case.clock])


def _load_case(row: bytes) -> Case:
    events, assigned, duties, links, clock = orjson.loads(row)
    case = Case(clock=same(clock), links=dict(links))
    for jti, iss, etype, iat, withdrawn, desks, stages in events:
        given = {same(desk): same((same(grant), words(scopes))) for desk, grant, scopes in desks}
        told = {same(desk): words(some) for desk, some in stages}
        case.events[jti] = Past(same(iss), same(etype), iat, given, told, withdrawn)
    case.assigned = {(same(desk), by) for desk, by in assigned}
    for one in duties:
        duty = duty_from(dict(zip(_DUTY, one, strict=True)))
        case.duties[duty.id] = duty
    return case


def _fields(make: type[V], *alike: str) -> RowForm[V]:
    """The form of a value that is the list of its fields.

    Args:
        alike: of its fields, texts that many rows share.
    """
    names = _names(make)

    def load(row: bytes) -> V:
        named = dict(zip(names, orjson.loads(row), strict=True))
        return make(**named | {name: same(named[name]) for name in alike})

    return RowForm(lambda value: orjson.dumps([getattr(value, name) for name in names]), load)


CASES: Final = RowForm(_dump_case, _load_case)
SEEN: Final = _fields(Seen, "iss")
KEPT: Final = _fields(Kept)
TEXT: Final = RowForm(str.encode, bytes.decode)
NUMBER: Final = RowForm(orjson.dumps, orjson.loads)
DESK_ENDS: Final = _fields(DeskEnd, "successor")
SHELVES: Final[dict[str, RowForm[Any]]] = {
    "cases": CASES, "seen": SEEN, "chain": TEXT, "seq": NUMBER, "kept": KEPT, "ended": TEXT,
    "desk_ends": DESK_ENDS,
}  # fmt: skip
AGENDAS: Final = ("expiries", "due")


def tail_json(tail: Tail) -> dict[str, Any]:
    """Where a log stands, as plain values."""
    return asdict(tail) | {"orders": sorted(tail.orders), "layout": list(tail.layout)}


def tail_from(value: dict[str, Any]) -> Tail:
    """The tail that `tail_json` told."""
    number, partitions, shards = value["layout"]
    orders, waiting = frozenset(value["orders"]), tuple(value["waiting"])
    return Tail(
        **value | {"orders": orders, "waiting": waiting, "layout": (number, partitions, shards)}
    )
