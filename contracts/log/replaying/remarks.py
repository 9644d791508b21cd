"""What an auditor remarks of a record that is right: its issuer's chain, and orders."""

from __future__ import annotations

from typing import Any, Final

from contracts.log.orders.registry import Registry
from contracts.log.orders.succession import DESK_GONE

Said = tuple[str, str] | tuple[str, str, bool]  # code, detail, whether it is an alarm
_CHAINS: Final[dict[str, Said]] = {
    "broken": ("prev_does_not_follow", "a cover is missing before this one"),
    "absent": ("prev_absent", "the issuer starts again", False),
}


def of_chain(decision: dict[str, Any]) -> list[Said]:
    """That an event does not follow its issuer's last one."""
    said = _CHAINS.get(decision.get("chain", ""))
    return [said] if said is not None else []


def of_order(registry: Registry, digest: str) -> list[Said]:
    """That a desk ends without its consent, as nobody is left who could give it (log §6.4).

    Args:
        digest: of the order that a record answers.
    """
    orders = (order for order in registry.orders if order.digest == digest)
    gone = (order for order in orders if order.payload.get("reason") == DESK_GONE)
    return [(DESK_GONE, f"{order.payload['desk']}, by order {order.n}", False) for order in gone]
