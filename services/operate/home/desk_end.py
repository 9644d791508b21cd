"""A desk ends and another of its agency follows it: the owners' order (log §6.4)."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.errors import UsageError
from contracts.log.orders.desk_end import DESK_END
from contracts.log.orders.order import Order
from contracts.log.orders.registry import Registry
from contracts.vocabulary.schema import desk_urn
from services.operate.home.owners_bus import OwnersBus
from services.platform.kafka.orders.new_orders import NewOrder


@dataclass(frozen=True, slots=True)
class OrderedEnd:
    """What stands on control.

    Attributes:
        order: number of the order; 0: it stood there before.
        start, until: instants, seconds.
    """

    order: int
    start: int
    until: int


async def order_end(
    bus: OwnersBus, realm: str, desk: str, successor: str, until: int
) -> OrderedEnd:
    """Order the end of a desk, once: run again it finds what stands on control.

    Args:
        desk, successor: short ids.
        until: instant, seconds.

    Raises:
        UsageError: `desk_ends`: by another order, with another successor or instant.
        LogError, UnreachableError: as `control.publish_orders`.
    """
    urns = {"desk": desk_urn(realm, desk), "successor": desk_urn(realm, successor)}
    content = {**urns, "until": until}
    if (known := _ordered(await bus.registry(), urns["desk"])) is not None:
        if known.payload.items() >= content.items():
            return OrderedEnd(0, known.start, until)
        raise UsageError("desk_ends", "another successor or instant", "one order a desk, for ever")
    new = NewOrder(DESK_END, content, [bus.home.owner("directory")])
    (order,) = await bus.order(new)
    return OrderedEnd(order.n, order.start, until)


def _ordered(registry: Registry, desk: str) -> Order | None:
    """The order by which a desk ends, if there is one."""
    ends = (order for order in registry.orders if order.kind == DESK_END)
    return next((order for order in ends if order.payload["desk"] == desk), None)
