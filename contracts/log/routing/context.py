"""What a record is written from: an input, its log's state, the orders read, an instant, a salt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from contracts.decision.state.view import View
from contracts.envelope.event import Published
from contracts.envelope.model import Claimed, Cover
from contracts.envelope.wire import Inbound
from contracts.log.entry import InputSource, Post, Site
from contracts.log.erasing.erasure import Erasing
from contracts.log.orders.order import Order
from contracts.log.orders.registry import Registry
from contracts.values import value_class

Salt = Callable[[], bytes]  # 16 random bytes a call
Erase = Callable[[Order, bytes], Erasing]  # an order and the salt of its record


NOWHERE: Final = InputSource("", -1, "")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an input is no event that can be decided.

    Attributes:
        code, place: without personal data.
        cover, token: only where the cover's signature verified; of a malformed one what it claims.
    """

    code: str
    place: str = ""
    cover: Cover | Claimed | None = None
    token: str = ""


@value_class(frozen=True, slots=True)
class Seen:
    """An input as it was looked at.

    Attributes:
        size: of its raw value, bytes.
        released: leaf under which it was in quarantine, if an order released it.
        raw: what quarantine keeps of it; None where it is settled again.
    """

    source: InputSource
    found: Published | Fault
    size: int = 0
    released: str = ""
    raw: Inbound | None = field(default=None, repr=False)


class OrdersRead:
    """The orders of control up to the last one that was read when a record was written.

    Attributes:
        registry: all that control holds.
    """

    def __init__(self, registry: Registry, last: int | None = None) -> None:
        """Those up to a number, or all."""
        self.registry = registry
        self._orders = registry.orders[:last]
        self._recorded: frozenset[int] | None = None
        self._open: list[Order] = []

    def next(self, recorded: frozenset[int], now: int) -> Order | None:
        """The order that is to be recorded next, if one holds by now.

        Args:
            recorded: numbers of those that the log has.
        """
        if recorded is not self._recorded:  # asked at each record: an order may wait for weeks
            self._recorded = recorded
            self._open = [order for order in self._orders if order.n not in recorded]
        waiting = [order for order in self._open if order.start <= now]
        return min(waiting, key=lambda order: (order.start, order.n), default=None)

    def first_layout(self, now: int) -> Order | None:
        """The layout that a log begins with, once a directory can be adopted in the same batch.

        Genesis is checked against the first directory: alone, nobody could check who signed it.
        """
        orders = self._orders
        begun = any(one.kind == "adopt_directory" and one.start <= now for one in orders)
        layouts = (order for order in orders if order.kind == "layout")
        return next(layouts, None) if begun else None


@dataclass(frozen=True, slots=True)
class Context:
    """What the next record of a log is written from.

    Attributes:
        view: the state, which each record changes.
        now: the router's clock; seconds.
        salt: called once a record.
        erase: what an owners' erasure comes to here.
    """

    site: Site
    view: View
    orders: OrdersRead
    now: int
    salt: Salt = field(repr=False)
    erase: Erase = field(repr=False)

    def post(self, at: int | None = None, arrived: int | None = None) -> Post:
        """The messages of the next record, to the desks that can be told by what is in force.

        Args:
            at: its instant; None: now.
            arrived: of an event that was released from quarantine: instant of its first arrival.
        """
        tail, registry = self.view.tail, self.orders.registry
        reached = registry.inboxes(tail.convd, tail.dird)
        instant = max(self.now, tail.at) if at is None else at
        return Post(self.site, self.view, reached, instant, self.salt(), arrived)

    def silent(self, at: int | None = None) -> Post:
        """A record of which no desk is told."""
        instant = max(self.now, self.view.tail.at) if at is None else at
        return Post(self.site, self.view, {}, instant, self.salt())
