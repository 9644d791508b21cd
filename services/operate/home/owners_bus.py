"""A bus as its owners write to it: what control says, and the orders that they add."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from services.operate.home.home import Home
from services.platform.keys.keystore import read_signer

if TYPE_CHECKING:
    from contracts.keys.keyring import Signer
    from contracts.log.orders.order import Order
    from contracts.log.orders.registry import Registry
    from services.platform.kafka.bus import Bus
    from services.platform.kafka.orders.new_orders import NewOrder


@dataclass(frozen=True, slots=True)
class OwnersBus:
    """One bus of a home.

    Attributes:
        bus: as its owners reach it.
        at: the federation's time, seconds.
    """

    home: Home
    realm: str
    bus: Bus
    at: int

    def signers(self, files: Iterable[Path] | None) -> list[Signer]:
        """The owners whose keys were named; else the home's own keeper of the directory.

        Raises:
            UsageError: `home_missing`, `home_incomplete`; those of `read_signer`.
        """
        if files:
            return [read_signer(file)[1] for file in files]
        with self.home.complete():
            return [self.home.owner("directory")]

    async def registry(self) -> Registry:
        """What control holds.

        Raises:
            UnreachableError: Kafka did not answer in time.
        """
        from services.platform.kafka.orders.control import read_registry  # Kafka's client

        return await read_registry(self.bus.reader(), self.realm, self.home.owners)

    async def order(self, *new: NewOrder, start: int | None = None) -> list[Order]:
        """Give orders that hold from `start` on, else from now; errors as `publish_orders`."""
        from services.platform.kafka.orders.control import publish_orders

        begins = self.at if start is None else start
        return await publish_orders(self.bus, self.realm, self.home.owners, new, start=begins)
