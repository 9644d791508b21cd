"""Step 6: that receipt, slip and parts are those of one delivery."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from contracts.encoding import digest
from tests.vectors.conformance.case import Making, Record, refusal
from tests.vectors.conformance.workbench import LooseDelivery, Workbench, spoiled


def _twin(whole: LooseDelivery) -> LooseDelivery:
    """Another delivery of the same issuer to the same desk."""
    return whole.bench.whole()


def _swapped(bench: Workbench) -> list[Record]:
    whole = bench.whole()
    return [whole.having(parts=(_twin(whole).parts[0], *whole.parts[1:])).record()]


def _removed(bench: Workbench) -> list[Record]:
    whole = bench.whole()
    return [whole.having(parts=whole.parts[:2]).record()]


def _repeated(bench: Workbench) -> list[Record]:
    whole = bench.whole()
    return [whole.having(parts=(*whole.parts, whole.parts[0])).record()]


def _added(bench: Workbench) -> list[Record]:
    whole = bench.delivery("FACTS", "IDENTITY")
    part = bench.sealed(whole.slip_claims, "HEALTH.vital")
    return [whole.having(parts=(*whole.parts, part)).record()]


def _other_slip(bench: Workbench) -> list[Record]:
    whole = bench.whole()
    return [whole.having(slip=_twin(whole).slip).record()]


def _other_receipt(bench: Workbench) -> list[Record]:
    whole = bench.whole()
    return [whole.having(receipt=_twin(whole).receipt).record()]


def _ciphertext(segment: int) -> Making:
    """A part altered behind the router: the receipt's digest no longer is its own."""

    def make(bench: Workbench) -> list[Record]:
        whole = bench.whole()
        return [whole.having(parts=(spoiled(whole.parts[0], segment), *whole.parts[1:])).record()]

    return make


def _confirmed(**changes: Any) -> Making:
    return lambda bench: [bench.whole().confirmed(**changes).record()]


def _unlisted(bench: Workbench) -> list[Record]:
    """The router adds a part that the issuer never listed."""
    whole = bench.delivery("FACTS", "IDENTITY")
    part = bench.sealed(whole.slip_claims, "HEALTH.vital")
    return [whole.having(parts=(*whole.parts, part)).confirmed().record()]


def _unsorted(bench: Workbench) -> list[Record]:
    whole = bench.whole()
    listed = sorted(whole.receipt_claims["parts"], reverse=True)
    return [whole.confirmed(parts=listed).record()]


_case: Final = partial(refusal, section="envelope §8")


CASES: Final = (
    _case("part-swapped", "A part of another event of the same issuer in place of its own",
          _swapped, "parts_differ"),
    _case("part-removed", "A part taken away behind the router", _removed, "parts_differ"),
    _case("part-repeated", "A part there twice", _repeated, "parts_differ", "part_twice"),
    _case("part-added", "A part added behind the router", _added, "parts_differ", "part_unlisted"),
    _case("part-altered", "A part whose ciphertext was altered after the receipt",
          _ciphertext(3), "parts_differ"),
    _case("part-tag-altered", "A part whose tag was altered after the receipt",
          _ciphertext(4), "parts_differ"),
    _case("slip-of-another-event", "Another event’s slip under this one’s receipt", _other_slip,
          "receipt_for_other_slip"),
    _case("receipt-of-another-event", "Another event’s receipt over this one’s slip",
          _other_receipt, "receipt_for_other_slip"),
    _case("receipt-names-no-slip-here", "A receipt of the router’s that names a slip of nobody’s",
          _confirmed(slip=digest("nobody’s")), "receipt_for_other_slip"),
    _case("part-unlisted", "A part that the router vouches for and the issuer never listed",
          _unlisted, "part_unlisted"),
    _case("receipt-unsorted", "A receipt whose list of parts is not sorted", _unsorted,
          "parts_differ", "receipt_malformed"),
)  # fmt: skip
