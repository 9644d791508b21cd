"""Steps 12 and 13: what a recipient remembers, and whose word a withdrawal is."""

from __future__ import annotations

from typing import Final

from tests.vectors.conformance.case import Case, Making, Record
from tests.vectors.conformance.federation import ISSUER
from tests.vectors.conformance.workbench import Workbench


def _replayed(bench: Workbench) -> list[Record]:
    """The very record again, at another offset."""
    whole = bench.whole()
    return [whole.record(), whole.record(offset=1)]


def _older(bench: Workbench) -> list[Record]:
    first, second = bench.whole(), bench.whole(number=2)
    late = bench.whole(number=1)
    return [first.record(), second.record(), late.record(offset=2)]


def _twice(bench: Workbench) -> list[Record]:
    """The same event a second time, under a receipt of its own."""
    whole = bench.whole()
    again = whole.having(number=2).confirmed()
    return [whole.record(), again.record()]


def _moved(bench: Workbench) -> list[Record]:
    """A delivery that was copied into another partition."""
    return [bench.whole().record(partition=4)]


def _withdrawn(by: str) -> Making:
    """An alert, and its withdrawal by a desk."""

    def make(bench: Workbench) -> list[Record]:
        first = bench.whole()
        told = first.slip_claims
        claims = {
            "etype": "WITHDRAW", "purpose": "withdraw", "sub": told["sub"],
            "re": [{"iss": told["iss"], "jti": told["jti"]}],
        }  # fmt: skip
        return [first.record(), bench.delivery(by=by, claims=claims, number=2).record()]

    return make


CASES: Final = (
    Case(
        "replayed", "A delivery written a second time", "envelope §5.5", _replayed,
        frozenset({"replayed", "delivered_twice"}),
    ),
    Case(
        "number-of-before", "Another delivery under a number that has passed", "envelope §5.5",
        _older, frozenset({"replayed"}),
    ),
    Case(
        "delivered-twice", "An event again, under a new receipt", "envelope §5.5", _twice,
        frozenset({"delivered_twice"}),
    ),
    Case(
        "hole-in-the-numbers", "A delivery behind a number that never came", "envelope §5.5",
        lambda bench: [bench.whole().record(), bench.whole(number=3).record(offset=1)],
        frozenset({"seq_gap"}), noticed=True,
    ),
    Case(
        "moved-to-another-partition", "A delivery in another partition than its receipt says",
        "envelope §5.5", _moved, frozenset({"wrong_partition"}),
    ),
    Case(
        "withdrawal", "An alert, then its withdrawal", "envelope §8", _withdrawn(ISSUER),
        withdraws=True,
    ),
    Case(
        "withdrawal-by-a-stranger", "An alert, withdrawn by another desk", "envelope §8",
        _withdrawn("pol"), frozenset({"not_own_event"}),
    ),
)  # fmt: skip
