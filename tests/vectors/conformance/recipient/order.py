"""Step 12: what a recipient remembers."""

from __future__ import annotations

from typing import Final

from services.texts import Catalogue
from tests.vectors.conformance import requirements as asks
from tests.vectors.conformance.recipient.made import RecipientCase
from tests.vectors.conformance.record import KitRecord
from tests.vectors.conformance.workbench import Workbench

_ = Catalogue(__name__)


def _replayed(bench: Workbench) -> list[KitRecord]:
    """The very record again, at another offset."""
    whole = bench.whole()
    return [whole.record(), whole.record(offset=1)]


def _older(bench: Workbench) -> list[KitRecord]:
    first, second = bench.whole(), bench.whole(number=2)
    late = bench.whole(number=1)
    return [first.record(), second.record(), late.record(offset=2)]


def _twice(bench: Workbench) -> list[KitRecord]:
    """The same event a second time, under a receipt of its own."""
    whole = bench.whole()
    again = whole.having(number=2).confirmed()
    return [whole.record(), again.record()]


def _hole(bench: Workbench) -> list[KitRecord]:
    return [bench.whole().record(), bench.whole(number=3).record(offset=1)]


def _moved(bench: Workbench) -> list[KitRecord]:
    """A delivery that was copied into another partition."""
    return [bench.whole().record(partition=4)]


CASES: Final = (
    RecipientCase(
        "replayed", _("A delivery written a second time"), asks.ORDER, _replayed,
        frozenset({"replayed", "delivered_twice"}),
    ),
    RecipientCase(
        "number-of-before", _("Another delivery under a number that has passed"), asks.ORDER,
        _older, frozenset({"replayed"}), under_receipt=True,
    ),
    RecipientCase(
        "delivered-twice", _("An event again, under a new receipt"), asks.ORDER, _twice,
        frozenset({"delivered_twice"}), under_receipt=True,
    ),
    RecipientCase(
        "hole-in-the-numbers", _("A delivery behind a number that never came"), asks.ORDER, _hole,
        frozenset({"seq_gap"}), under_receipt=True, noticed=True,
    ),
    RecipientCase(
        "moved-to-another-partition", _("A delivery in another partition than its receipt says"),
        asks.ORDER, _moved, frozenset({"wrong_partition"}), under_receipt=True,
    ),
)  # fmt: skip
