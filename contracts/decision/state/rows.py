"""A state as rows of bytes, and again as a state equal to it.

Rows are canonical: the same state has the same rows, wherever and however it was folded. Whatever a
decision goes through in order (a case's events, duties, links) keeps its order; sets are sorted.
What follows from other rows (when something is due or may be forgotten) has none of its own.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from contracts.decision.state.effects import same, words
from contracts.decision.state.shelves import RowForm
from contracts.decision.state.state import (
    Case,
    DeskEnd,
    DueEntry,
    Duty,
    Expiry,
    Kept,
    Past,
    Seen,
    Tail,
)

Row = tuple[str, bytes, bytes]  # name of its table, key, value
_INSTANT_BYTES: Final = 8


def _dump_case(case: Case) -> bytes:
    events = [
        [
            jti, past.iss, past.etype, past.iat, past.withdrawn,
            [[desk, *given] for desk, given in past.desks.items()], list(past.stages.items()),
        ]
        for jti, past in case.events.items()
    ]  # fmt: skip
    duties = [
        [
            duty.id, duty.event, duty.issuer, duty.acts, duty.stages, duty.final, duty.debtor,
            duty.creditor, duty.due, duty.legal, duty.repeat, duty.start, duty.within, duty.base,
            duty.occurrence, duty.next, duty.status, duty.overdue, duty.closed_by,
        ]
        for duty in case.duties.values()
    ]  # fmt: skip
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
        duty = _duty(*one)
        case.duties[duty.id] = duty
    return case


def _duty(
    id_: str, event: str, issuer: str, acts: list[str], stages: list[str], final: bool,
    debtor: str, creditor: str, due: int, legal: bool, repeat: bool, start: str, within: str,
    base: str, *rest: Any,
) -> Duty:  # fmt: skip
    """A duty by its fields in their order, which every case has the same words for."""
    return Duty(
        id_, event, same(issuer), words(acts), words(stages), final, same(debtor), same(creditor),
        due, legal, repeat, same(start), same(within), same(base), *rest,
    )  # fmt: skip


def _dump_seen(seen: Seen) -> bytes:
    return orjson.dumps([seen.iss, seen.cover, seen.exp, seen.leaf])


def _load_seen(row: bytes) -> Seen:
    iss, cover, exp, leaf = orjson.loads(row)
    return Seen(same(iss), cover, exp, leaf)


def _dump_kept(kept: Kept) -> bytes:
    return orjson.dumps(
        [kept.code, kept.at, kept.first, kept.sha, kept.outbox, kept.issuer, kept.released]
    )


def _load_kept(row: bytes) -> Kept:
    return Kept(*orjson.loads(row))


def _dump_desk_end(end: DeskEnd) -> bytes:
    return orjson.dumps([end.successor, end.until])


def _load_desk_end(row: bytes) -> DeskEnd:
    successor, until = orjson.loads(row)
    return DeskEnd(same(successor), until)


def _dump_expiry(entry: Expiry) -> bytes:
    instant, jti = entry
    return instant.to_bytes(_INSTANT_BYTES, "big") + jti.encode()


def _load_expiry(key: bytes) -> Expiry:
    return int.from_bytes(key[:_INSTANT_BYTES], "big"), key[_INSTANT_BYTES:].decode()


def _dump_due(entry: DueEntry) -> bytes:
    """By the instant and then the texts, whose end is lower than any of their characters."""
    instant, *texts = entry
    return instant.to_bytes(_INSTANT_BYTES, "big") + "\0".join(texts).encode()


def _load_due(key: bytes) -> DueEntry:
    kind, duty, token = key[_INSTANT_BYTES:].decode().split("\0")
    return int.from_bytes(key[:_INSTANT_BYTES], "big"), same(kind), duty, token


CASES: Final = RowForm(_dump_case, _load_case)
SEEN: Final = RowForm(_dump_seen, _load_seen)
KEPT: Final = RowForm(_dump_kept, _load_kept)
TEXT: Final = RowForm(str.encode, bytes.decode)
NUMBER: Final = RowForm(orjson.dumps, orjson.loads)
DESK_ENDS: Final = RowForm(_dump_desk_end, _load_desk_end)
EXPIRIES: Final = RowForm(
    _dump_expiry, _load_expiry
)  # entries of agendas, whose order is their keys'
DUE: Final = RowForm(_dump_due, _load_due)
SHELVES: Final[dict[str, RowForm[Any]]] = {
    "cases": CASES, "seen": SEEN, "chain": TEXT, "seq": NUMBER, "kept": KEPT, "ended": TEXT,
    "desk_ends": DESK_ENDS,
}  # fmt: skip
AGENDAS: Final[dict[str, RowForm[Any]]] = {"expiries": EXPIRIES, "due": DUE}


def tail_json(tail: Tail) -> dict[str, Any]:
    """Where a log stands, as plain values."""
    return {
        "index": tail.index, "leaf": tail.leaf, "at": tail.at, "convd": tail.convd,
        "dird": tail.dird, "orders": sorted(tail.orders), "layout": list(tail.layout),
        "waiting": list(tail.waiting),
    }  # fmt: skip


def tail_from(value: dict[str, Any]) -> Tail:
    """The tail that `tail_json` told."""
    number, partitions, shards = value["layout"]
    orders, waiting = frozenset(value["orders"]), tuple(value["waiting"])
    return Tail(
        **value | {"orders": orders, "waiting": waiting, "layout": (number, partitions, shards)}
    )
