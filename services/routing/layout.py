"""Which shard owns which partition, as control ordered it (`design.md`, Flow).

A layout is in force as soon as its signed order stands on control. Every shard looks at control
after fencing its own ids and before each batch: an owner under an old layout therefore either sees
the order, and ends, or was fenced by an owner under the new one. Nobody has to be stopped by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts import topics
from contracts.errors import UsageError
from contracts.log.orders import Registry
from contracts.state import State


@dataclass(frozen=True, slots=True)
class Layout:
    """An ordered layout.

    Attributes:
        number: of the order; part of the transactional ids.
    """

    number: int
    shards: int

    def owned(self, shard: int) -> tuple[int, ...]:
        """The partitions of a shard."""
        return tuple(one for one in range(topics.PARTITIONS) if one % self.shards == shard)

    def ids(self, realm: str) -> tuple[str, ...]:
        """The transactional ids of all its shards."""
        return tuple(
            one
            for shard in range(self.shards)
            for one in topics.routing_transactions(realm, self.number, shard)
        )


def ordered(registry: Registry) -> list[Layout]:
    """Every layout that control ordered, the one in force last.

    Raises:
        UsageError: `partitions_differ`: another number of partitions was ordered.
    """
    found = []
    for order in registry.orders:
        if order.kind == "layout":
            if order.payload["partitions"] != topics.PARTITIONS:
                got, expected = str(order.payload["partitions"]), f"{topics.PARTITIONS}, for ever"
                raise UsageError("partitions_differ", got, expected, "layout order")
            found.append(Layout(order.n, order.payload["shards"]))
    return found


def check_shards(layout: Layout, shards: int) -> None:
    """The process was told the number of shards that is in force.

    Raises:
        UsageError: `layout_differs`.
    """
    if layout.shards != shards:
        raise UsageError(
            "layout_differs",
            f"RELAIS_SHARDS={shards}",
            f"{layout.shards}, or a signed layout order before",
        )


def check_states(layout: Layout, states: Iterable[State], *, reshard: bool) -> None:
    """The log of each owned partition is under this layout, or may be brought under it.

    Raises:
        UsageError: `layout_differs`: the log has another one, and nobody asked for resharding.
    """
    for state in states:
        number, _, shards = state.tail.layout
        if number and number != layout.number and not reshard:
            raise UsageError(
                "layout_differs",
                f"{layout.shards} shards by order {layout.number}",
                f"{shards} by order {number} as in the log, or RELAIS_RESHARD=true",
            )
