"""Which shard owns which partition, as control ordered it.

A layout is in force as soon as its signed order stands on control. Every shard looks at control
after fencing its own ids and before each batch: an owner under an old layout therefore either sees
the order, and ends, or was fenced by an owner under the new one. Nobody has to be stopped by hand.
"""

from __future__ import annotations

from collections.abc import Iterable

from contracts.decision.state.state import State
from contracts.errors import UsageError
from contracts.log.orders.layout import Layout, ordered

__all__ = ["Layout", "check_shards", "check_states", "ordered"]


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
