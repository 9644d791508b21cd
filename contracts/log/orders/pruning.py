"""A written retention: the owners' order from which entry on each log has still to be served (proof §12).

It takes nothing from Kafka, from a mirror or from the tree: a log that is pruned serves fewer entries, and all hashes.
The order lies beside the log, so that whoever finds entries missing can hold it to the owners' keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.errors import LogError
from contracts.proof.tiles import WIDTH

PRUNE: Final = "prune"
RETENTION: Final = "retention"  # the order's file beside a log
MOST: Final = 2**53 - 1  # what a number of canonical JSON can say
LAST_INSTANT: Final = 253_402_300_799  # that a calendar has
_CLAIMS: Final = {"realm", "n", "kind", "from", "minimum"}


@dataclass(frozen=True, slots=True)
class Retention:
    """An order to prune that the owners signed.

    Attributes:
        n: its number.
        start: instant from which it holds, seconds.
        minimum: of each partition, the first entry that has to be served.
    """

    n: int
    start: int
    minimum: tuple[int, ...]

    def least(self, partition: int) -> int:
        """The first entry of a partition that has to be served; 0: all of one that it does not name."""
        return self.minimum[partition] if partition < len(self.minimum) else 0


def pruning(minimum: Sequence[int]) -> dict[str, Any]:
    """The content of an order to prune, as `make_order` takes it."""
    return {"minimum": list(minimum)}


def retention(payload: Mapping[str, Any]) -> Retention:
    """Read an order's payload.

    Raises:
        LogError: `order_malformed`.
    """
    numbers = payload.get("minimum")
    sound = (
        payload.get("kind") == PRUNE
        and set(payload) - {"prev"} == _CLAIMS
        and all(type(payload[name]) is int for name in ("n", "from"))
        and 0 <= payload["from"] <= LAST_INSTANT
        and isinstance(numbers, list)
        and all(type(number) is int and 0 <= number <= MOST for number in numbers)
    )
    if not sound:
        raise LogError("order_malformed", "another form", "the first entry of each partition")
    return Retention(payload["n"], payload["from"], tuple(numbers or ()))


def bundles_pruned(least: int, size: int) -> int:
    """How many bundles a log of `size` entries need not serve: whole ones, and never that of its last entry."""
    return max(min(least, size - 1), 0) // WIDTH
