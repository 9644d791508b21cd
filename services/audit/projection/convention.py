"""The conventions that control of a realm has: in force and announced, and who has signed each."""

from __future__ import annotations

from typing import Any

from contracts.convention.signing import party_urn, signers_of
from contracts.errors import LogError
from contracts.log.orders.order import Order
from contracts.log.orders.registry import Registry


def conventions_told(registry: Registry, now: int) -> dict[str, Any]:
    """Digest, text, hour and signatories of each; None of one that there is not.

    Args:
        now: instant, seconds.
    """
    try:
        convd = registry.in_force(now)[0]
    except LogError:
        convd = ""
    adopted = [order for order in registry.orders if order.kind == "adopt_convention"]
    in_force = next((order for order in reversed(adopted) if order.target == convd), None)
    last = adopted[-1] if adopted else None
    announced = last if last is not None and last.start > now else None
    return {"in_force": _told(registry, in_force), "announced": _told(registry, announced)}


def _told(registry: Registry, order: Order | None) -> dict[str, Any] | None:
    if order is None:
        return None
    convention, tokens = registry.conventions[order.target], order.payload.get("signatures", [])
    signed = signers_of(order.target, tokens, registry.owners.parties, at=order.start)
    return {
        "digest": order.target, "from": order.start, "text": order.payload["convention"],
        "signed": [party for party in convention.parties if party_urn(party) in signed],
    }  # fmt: skip
