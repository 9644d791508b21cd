"""What has an instant of its own: genesis, orders, and what falls due, each in its turn (log §8).

It is written in the order of (instant, kind, id) before anything later: silence cannot be hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.decision.state.view import View
from contracts.log.entry import Site
from contracts.log.erasing.erasure import emptied, erase
from contracts.log.orders.order import Order
from contracts.log.orders.registry import Registry
from contracts.log.routing import settle, settle_orders
from contracts.log.routing.batch import Batch, Salt, Settled

TIMED_AT_ONCE: Final = 100  # entries of what is due; what a day owes falls due in its last second


def write_timed(
    batch: Batch,
    site: Site,
    registry: Registry,
    now: int,
    salt: Salt,
    erasable: Mapping[str, bytes],
    *,
    whole: bool,
) -> None:
    """Write what has its own instant, in order of (instant, kind, id), up to now.

    Args:
        whole: all of it, since something else follows; else at most `TIMED_AT_ONCE` entries.
    """
    view, beside = batch.view, dict(erasable)
    if not view.tail.leaf:
        if (layout := _first_layout(registry, now)) is None:
            return
        entry = settle_orders.genesis(site, view, layout, now, salt())
        batch.settled.append(Settled(entry))
    while whole or len(batch.settled) < TIMED_AT_ONCE:
        order = _next_order(registry, view, now)
        due = view.next_due()
        if order is not None and (due is None or order.start <= due[0]):
            settled = _ordered(site, view, registry, order, beside, salt(), now)
            beside |= settled.stubs  # the next order finds what this one leaves
            batch.settled.append(settled)
            continue
        if due is None or due[0] > now:
            return
        reached = registry.inboxes(view.tail.convd, view.tail.dird)
        batch.settled.append(Settled(settle.due(site, view, reached, due, salt())))


def write_due(batch: Batch, site: Site, reached: Mapping[str, str], now: int, salt: Salt) -> None:
    """Write what an earlier event of the batch opened or moved so that it fell due at once."""
    view = batch.view
    while (due := view.next_due()) is not None and due[0] <= now:
        batch.settled.append(Settled(settle.due(site, view, reached, due, salt())))


def _ordered(
    site: Site,
    view: View,
    registry: Registry,
    order: Order,
    erasable: Mapping[str, bytes],
    salt: bytes,
    now: int,
) -> Settled:
    if order.kind == "erase" and order.decisions_of(site.partition):
        erasing = erase(view, order, site.partition, erasable, salt)
        entry = settle_orders.erased(site, view, order, erasing, salt)
        reached = registry.inboxes(view.tail.convd, view.tail.dird)
        gone = emptied(erasing, site.realm, reached)
        return Settled(entry, stubs=erasing.stubs, emptied=gone)
    newer = registry.is_newer(order, view.tail.convd, view.tail.dird)
    return Settled(settle_orders.ordered(site, view, order, newer, salt, now))


def _next_order(registry: Registry, view: View, now: int) -> Order | None:
    done = view.tail.orders
    if len(done) == len(registry.orders):
        return None
    waiting = [order for order in registry.orders if order.n not in done and order.start <= now]
    return min(waiting, key=lambda order: (order.start, order.n), default=None)


def _first_layout(registry: Registry, now: int) -> Order | None:
    """The layout that a log begins with, once a directory can be adopted in the same transaction.

    Genesis is checked against the first directory: alone, nobody could check who signed it.
    """
    begun = any(order.kind == "adopt_directory" and order.start <= now for order in registry.orders)
    layouts = (order for order in registry.orders if order.kind == "layout")
    return next(layouts, None) if begun else None
