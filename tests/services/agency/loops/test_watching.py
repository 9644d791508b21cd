"""A desk that is new to the directory is served once its keys lie with its agency's service."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from contracts.vocabulary.schema import desk_urn
from services.agency.loops.watching import following
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.progress import ServiceHealth
from tests.services.agency.bench import Clock
from tests.world import World

pytestmark = pytest.mark.anyio
AGENCY = "child_welfare"


async def watched(served: Collection[str], limit_s: float) -> None:
    """Follow control for as long, at most."""
    world, health = World(), ServiceHealth()
    health.expect("control", 10)
    office = world.offices[AGENCY]
    inboxes = office.agency.inboxes(world.clock.now())
    own = office.agency.signers.keys() | set(served)
    async with asyncio.timeout(limit_s):
        await following({}, office, inboxes, lambda: own, Clock(world), health)


async def test_a_service_starts_anew_for_a_desk_whose_keys_lay_there_first() -> None:
    """Its keys first, then the order: nobody has to start the service by hand at the right instant."""
    with pytest.raises(UnreachableError, match="inputs_changed"):
        await watched([desk_urn("civil", "crip-2")], 60)


async def test_it_stays_for_a_desk_that_keeps_its_keys_itself() -> None:
    """Which is listed, and none of this service's."""
    with pytest.raises(TimeoutError):
        await watched([], 0.1)
