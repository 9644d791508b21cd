"""The digest of a state, kept up to date by what changes: what the log commits to (log §2.2).

Each row is hashed to a number of 4096 bits, and all are added up, in any order: AdHash (Bellare and
Micciancio, *A New Paradigm for Collision-free Hashing*, 1997). What changes is taken away and added
anew. Two sets of rows that meet cost 2^(2·√4096) = 2^128 by the best attack that is known (Wagner,
*A Generalized Birthday Problem*, 2002), were there as many rows to choose as it wants.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Final

from contracts.decision.state.rows import SHELVES, Row, rows, tail_json
from contracts.decision.state.state import RowSum, State, Tail
from contracts.decision.state.view import View
from contracts.encoding import b64u, canonical, sha256

POINT_EVERY: Final = 256  # records: each such one bears the digest of the state before it
ROW_BYTES: Final = 512
_MODULUS: Final = 1 << 8 * ROW_BYTES


def bears_state(index: int) -> bool:
    """Whether the record of this number bears the digest of the state before it."""
    return index > 0 and index % POINT_EVERY == 0


def row_hash(name: str, key: bytes, value: bytes) -> int:
    """What a row adds to the sum: no two rows are the same text."""
    text = b"%s\x00%d\x00%s%s" % (name.encode(), len(key), key, value)
    return int.from_bytes(hashlib.shake_128(text).digest(ROW_BYTES), "big")


def row_sum(found: Iterable[Row]) -> int:
    """What rows add up to, in any order."""
    return sum(row_hash(*row) for row in found) % _MODULUS


def sum_up(told: RowSum, now: Callable[[str, str], Any], tail: Tail) -> RowSum:
    """What the rows add up to behind a tail, by what they did and what has changed since.

    Args:
        now: what a mapping has under a key.
    """
    total = told.total
    for (name, key), before in told.touched.items():
        after = now(name, key)
        if after is not before or name == "seen":  # which an instant alone may take away
            total += _value_hash(name, key, after, tail.at)
            total -= _value_hash(name, key, before, told.tail.at)
    return RowSum(total % _MODULUS, tail.copy())


def keep_up(state: State) -> int:
    """What a state's rows add up to; what they were before need not be kept any more."""
    state.summed = sum_up(state.summed, state.now, state.tail)
    return state.summed.total


def told_state(view: View) -> str:
    """The digest of the state that a view shows."""
    summed = sum_up(view.to_sum(), view.now, view.tail)
    view.sum_told(summed)
    return digest_of(summed)


def digest_of(summed: RowSum) -> str:
    """One text for a state: where its log stood, and what its rows added up to."""
    told = {"rows": b64u(summed.total.to_bytes(ROW_BYTES, "big")), "tail": tail_json(summed.tail)}
    return b64u(sha256(canonical(told)))


def state_digest(state: State) -> str:
    """The digest of a state, from all its rows: the same wherever and however it was folded."""
    return digest_of(RowSum(row_sum(rows(state)), state.tail))


def _value_hash(name: str, key: str, value: Any, at: int) -> int:
    if value is None or (name == "seen" and value.exp <= at):
        return 0
    return row_hash(name, key.encode(), SHELVES[name].dump(value))
