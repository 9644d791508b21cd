"""The first orders of a federation: what its home holds and control does not say yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from contracts.keys.keyring import Signer
from contracts.keys.signed_directory import directory_digest
from contracts.log.orders.layout import ordered
from contracts.log.orders.registry import Registry
from contracts.vocabulary.scopes import REALMS
from services.operate.home.home import Home
from services.operate.home.owners_bus import OwnersBus
from services.platform.kafka.orders.new_orders import NewOrder
from services.platform.keys.signatures import read_convention, read_signatures

if TYPE_CHECKING:
    from services.platform.kafka.bus import Bus


async def give_first_orders(
    home: Home, buses: Mapping[str, Bus], at: int, shards: Mapping[str, int]
) -> None:
    """Adopt what the home holds where control does not say so yet, and order the layout.

    Args:
        buses: by realm, as its owners reach it.
        at: instant from which the orders hold, seconds.
        shards: realm -> number of routing processes.
    """
    for realm in REALMS:
        bus = OwnersBus(home, realm, buses[realm], at)
        registry = await bus.registry()
        if new := new_orders(home, registry, shards[realm]):
            await bus.order(*new)


def new_orders(home: Home, given: Registry, shards: int) -> list[NewOrder]:
    """What a realm's control has still to be told of what the home holds.

    Args:
        given: what it has said so far.
        shards: number of routing processes.
    """
    layouts, keeper, new = ordered(given), [home.owner("directory")], list[NewOrder]()
    if not layouts or layouts[-1].shards != shards:
        content = {
            "shards": shards,
            "partitions": given.partitions if layouts else home.partitions,
        }
        new.append(NewOrder("layout", content, keeper))
    if not _adopted(given, home.convention.digest):
        file = home.path / "convention.yaml"
        signed: dict[str, Any] = {
            "convention": read_convention(file).decode(),
            "signatures": list(read_signatures(file)),
        }
        new.append(NewOrder("adopt_convention", signed, [home.owner("convention")]))
    return [*new, *directory_orders(home, given, keeper)]


def directory_orders(home: Home, given: Registry, keeper: Sequence[Signer]) -> list[NewOrder]:
    """The home's directory, if a realm's control has not adopted it."""
    if _adopted(given, home.directory(given.realm).digest):
        return []
    return [directory_order(home, given.realm, keeper)]


def directory_order(home: Home, realm: str, keeper: Sequence[Signer]) -> NewOrder:
    """The home's directory, adopted whatever control has."""
    token = home.directory_token(realm)
    return NewOrder("adopt_directory", {"directory": directory_digest(token)}, keeper, token)


def _adopted(registry: Registry, digest: str) -> bool:
    return any(order.target == digest for order in registry.orders)
