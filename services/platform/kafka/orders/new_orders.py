"""Orders before they are on control: what they say, who signs them, and what they write there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.errors import LogError
from contracts.keys.keyring import Signer
from contracts.log.orders.order import OrderKind, make_order
from contracts.log.orders.registry import Registry


@dataclass(frozen=True)
class NewOrder:
    """An order to be published.

    Attributes:
        content: as `make_order` takes it: `convention` and `signatures`, `directory`, or `shards`,
            `partitions`.
        signers: as many of its owners as the kind needs.
        token: of the directory that it adopts; if control has it, it is not written again.
    """

    kind: OrderKind
    content: Mapping[str, Any] = field(repr=False)
    signers: Sequence[Signer]
    token: str = field(default="", repr=False)


def signed_values(registry: Registry, new: NewOrder, start: int) -> list[bytes]:
    """What an order writes to control, its directory first; the registry has taken it.

    Raises:
        LogError: `order_rejected`: the registry does not take it.
    """
    order = make_order(
        registry.realm, new.kind, new.content, last=registry.last, start=start, signers=new.signers
    )
    is_there = new.content.get("directory") in registry.directories.brought
    values = [order] if is_there or not new.token else [new.token.encode(), order]
    for code in registry.extend(values):
        expected = "an order that its readers take"
        raise LogError("order_rejected", registry.why[code], expected)
    heads = [registry.directories.head(one) for one in registry.directories]
    newest = max(heads, key=lambda one: one.version, default=None)
    if newest is not None and new.content.get("directory", newest.digest) != newest.digest:
        # Readers would pass it by without a word: an old one never comes back (log §6.3).
        expected = f"a version above {newest.version}, which was adopted: the home is an older copy"
        raise LogError("order_rejected", "an older directory", expected)
    return values
