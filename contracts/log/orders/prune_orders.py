"""Which order to prune holds: of those on control, and the one that lies beside a log (proof §12)."""

from __future__ import annotations

from contracts.errors import LogError
from contracts.log.orders.order import Order, Owners
from contracts.log.orders.pruning import PRUNE, Retention, retention
from contracts.log.orders.registry import Registry
from contracts.log.orders.signed_order import signed_payload


def read_retention(value: bytes, realm: str, owners: Owners) -> Retention:
    """Read the order that lies beside a log, and hold it to the owners' keys.

    Raises:
        LogError: `order_malformed`, `order_unsigned`.
        EnvelopeError: it is no order, or a signature does not verify.
    """
    payload = signed_payload(value, owners.keys, owners.quorum)
    if payload.get("realm") != realm:
        raise LogError("order_malformed", "an order of another realm", realm)
    return retention(payload)


def order_to_prune(registry: Registry, partition: int, now: int = 2**53) -> Order | None:
    """Of the orders in force the one that lets a partition's log begin latest; None: all has to be served.

    Args:
        now: seconds; without it orders that are yet to come count too.
    """
    orders = [order for order in registry.orders if order.kind == PRUNE and order.start <= now]
    return max(
        orders,
        key=lambda order: (retention(order.payload).least(partition), order.n),
        default=None,
    )


def least_of(registry: Registry, partition: int) -> int:
    """The first entry that a partition's log has to serve, once all orders are in force."""
    order = order_to_prune(registry, partition)
    return 0 if order is None else retention(order.payload).least(partition)
