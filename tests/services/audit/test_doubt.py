"""A key is called stolen: a follower tells what it signed since."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from services.audit.app import due
from services.audit.following import Following
from services.audit.replay import RealmAudit
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from tests.flows.key_succession import REALM, Keeper
from tests.flows.test_key_rotation import posted
from tests.patience import PATIENCE
from tests.services.audit.bundle.memory_log import (
    log_of,
    owners_of,
)
from tests.world import World


async def test_who_follows_the_log_tells_it_at_once_and_once() -> None:
    """What it had passed by is read again then; counted and logged, and no warning."""
    world, metrics, health = World(), Metrics("audit"), ServiceHealth()
    posted(world, "by the thief")
    world.settle()
    since = world.clock.now()
    world.clock.advance(60)
    audit, whole = (RealmAudit(log_of(world), REALM, owners_of(world)) for _ in range(2))
    await audit.start()
    followed = Following(audit, metrics, health)
    await followed.look(world.clock.now())
    calm = followed.doubts

    Keeper(world).steal("edu-s", since)
    world.settle()
    await audit.control.refresh()
    async with asyncio.timeout(PATIENCE):
        await due(2 * PATIENCE, [followed])
    await whole.read_through(world.clock.now)
    with capture_logs() as lines:
        for _ in range(2):
            followed.look_back(whole.findings, 0, followed.stolen)

    assert (calm, followed.doubts) == (False, False)
    assert [(line["event"], line["code"]) for line in lines] == [("in doubt", "in_doubt")]
    assert metrics.alarms.labels("in_doubt")._value.get() == 1
    assert health.warnings == set()
