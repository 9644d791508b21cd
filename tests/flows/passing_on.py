"""Desks of the world that end: by an order with their own consent, from now on."""

from __future__ import annotations

from typing import Final

from contracts.log.succession import DAY_S, SUCCESSION, sign_consent, succession
from contracts.vocabulary.schema import desk_urn
from tests.world import World, realm_keys

DAYS: Final = 30  # that old and new desk overlap


def pass_on(world: World, desk: str, *heirs: str, days: int = DAYS) -> int:
    """Let a desk of the civil bus end now; the instant from which nothing is delivered to it."""
    start = world.clock.now()
    until = start + days * DAY_S
    urns = [desk_urn("civil", heir) for heir in heirs]
    bare = succession(desk_urn("civil", desk), urns, until)
    consent = sign_consent("civil", bare, start, realm_keys("civil").signers[desk])
    world.order("civil", SUCCESSION, succession(bare["desk"], urns, until, consent))
    world.settle()
    return until
