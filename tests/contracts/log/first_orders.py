"""Control in tests: who may order, and the orders that a realm begins with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from contracts.conventions import shipped
from contracts.keys.signed_directory import directory_digest
from contracts.log.orders.order import KINDS, OrderKind, Owners, make_order
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from tests.contracts.convention.parties import PINNED, adoption
from tests.contracts.envelope import kit

OWNER: Final = kit.signer("urn:relais:owner:convention", "convention-1")
KEEPER: Final = kit.signer("urn:relais:owner:directory", "directory-1")


@lru_cache(maxsize=1)
def owners() -> Owners:
    """Every kind of order needs the convention owner's one signature, on either bus."""
    keys, quorum = dict.fromkeys(KINDS, kit.pinned(OWNER)), dict.fromkeys(KINDS, 1)
    return Owners(keys, quorum, kit.pinned(KEEPER), PINNED)


def order_values(
    name: str, kind: OrderKind, content: Mapping[str, Any], **more: Any
) -> tuple[bytes, ...]:
    """What an order writes to control: a directory, if its token stands in `directory`, first."""
    if not (token := str(content.get("directory", ""))):
        return (make_order(name, kind, content, **more),)
    named = {"directory": directory_digest(token)}
    return token.encode(), make_order(name, kind, named, **more)


def next_order(
    registry: Registry, kind: OrderKind, content: Mapping[str, Any], start: int = kit.NOW,
    **more: Any,
) -> tuple[bytes, ...]:  # fmt: skip
    """What the owner's next order writes to a registry's control; `more` as `make_order` has it."""
    given = {"last": registry.last, "start": start, "signers": [OWNER], **more}
    return order_values(registry.realm, kind, content, **given)


def begun(*of: Any) -> Registry:
    """A registry that has read the first orders; arguments as `first_orders` has them."""
    return _begun(*of)[0].copy()


def first_orders(*of: Any) -> list[bytes]:
    """Layout, directory and its order, convention: what a bus begins with.

    Args:
        of: realm, shards, partitions, token of the directory, instant; each may be left out.
    """
    return [*_begun(*of)[1]]


@lru_cache(maxsize=8)  # most tests begin with one of few
def _begun(
    name: str = "civil",
    shards: int = 1,
    partitions: int = topics.PARTITIONS,
    directory: str = "",
    start: int = kit.NOW - kit.DAY,
) -> tuple[Registry, list[bytes]]:
    registry, values = Registry(name, owners()), list[bytes]()
    contents: tuple[tuple[OrderKind, dict[str, object]], ...] = (
        ("layout", {"shards": shards, "partitions": partitions}),
        ("adopt_directory", {"directory": directory or kit.realm(name).token}),
        ("adopt_convention", adoption(shipped())),
    )
    for kind, content in contents:
        made = next_order(registry, kind, content, start)
        assert not registry.extend(made), registry.rejected
        values += made
    return registry, values
