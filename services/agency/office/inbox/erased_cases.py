"""Which decisions the owners' orders erase with their cases, as an agency asks it of each message."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.log.erasing.forgetting import erased_leaves
from contracts.log.orders.registry import Registry


class ErasedCases:
    """Leaves that orders erase; all orders are gone through once, and not for each message."""

    def __init__(self, registries: Mapping[str, Registry]) -> None:
        self._registries = registries
        self._known: dict[str, tuple[int, Mapping[tuple[int, str], int]]] = {}

    def has(self, realm: str, partition: int, leaf: str, now: int) -> bool:
        """Whether a leaf is erased by now.

        Args:
            now: instant, seconds.
        """
        orders = self._registries[realm].orders
        known = self._known.get(realm)
        if known is None or known[0] != len(orders):
            known = self._known[realm] = len(orders), erased_leaves(orders, "case")
        start = known[1].get((partition, leaf))
        return start is not None and start <= now
