"""Which shard owns which partition, as control ordered it.

A layout is in force as soon as its signed order stands on control.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics


@dataclass(frozen=True, slots=True)
class Layout:
    """An ordered layout.

    Attributes:
        number: of the order; part of the transactional ids.
        partitions: of the realm; rights do not depend on them.
    """

    number: int
    shards: int
    partitions: int = topics.PARTITIONS

    def owned(self, shard: int) -> tuple[int, ...]:
        """The partitions of a shard."""
        return tuple(one for one in range(self.partitions) if one % self.shards == shard)

    def ids(self, realm: str) -> tuple[str, ...]:
        """The transactional ids of all its shards."""
        return tuple(
            name
            for shard in range(self.shards)
            for name in topics.routing_transactions(realm, self.number, shard)
        )


def ordered(registry: Registry) -> list[Layout]:
    """Every layout that control ordered, the one in force last."""
    return [
        Layout(order.n, order.payload["shards"], order.payload["partitions"])
        for order in registry.orders
        if order.kind == "layout"
    ]
