"""Step 12: what a recipient remembers."""

from __future__ import annotations

from typing import Final

from tests.vectors.conformance.case import Case, Record
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
)  # fmt: skip
