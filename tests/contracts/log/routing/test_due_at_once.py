"""What falls due in one second is written some at a time, and whole before anything else."""

from __future__ import annotations

import pytest

from contracts.log.routing.batch import Batch
from contracts.log.routing.partition_router import TIMED_AT_ONCE, PartitionRouter
from tests.contracts.envelope import kit
from tests.flows.acts import draft, same_state
from tests.world import World

ALERTS = 90  # each owes a receipt by the end of one and the same day


def flooded() -> tuple[World, PartitionRouter]:
    """One desk's many alerts in one partition, all unanswered when the day has ended."""
    world = World()
    for _ in range(ALERTS):
        world.publish_raw("edu-s", draft("edu-s", "IP", ("crip", "assess", "FACTS")))
    world.settle()
    (router,) = [one for one in world.routers.values() if one.state.cases]
    world.clock.advance(100 * kit.DAY)  # receipts and feedback alike
    return world, router


def ticks(world: World, router: PartitionRouter) -> list[Batch]:
    """As a shard ticks: again while something is due."""
    found = []
    while router.next_due is not None and router.next_due <= world.clock.now():
        found.append(world.route(router, ()))
    return found


@pytest.mark.slow
def test_no_batch_has_more_than_its_share() -> None:
    """All of it is written in the end, in batches of a bounded size; the log replays."""
    world, router = flooded()

    batches = ticks(world, router)

    sizes = [len(batch.settled) for batch in batches]
    assert sum(sizes) >= 2 * ALERTS
    assert max(sizes) == TIMED_AT_ONCE
    same_state(world)


@pytest.mark.slow
def test_nothing_is_decided_before_all_that_is_due() -> None:
    """A batch with input writes the rest first, however much is left."""
    world, router = flooded()
    world.publish_raw("edu-s", draft("edu-s", "IP", ("crip", "assess", "FACTS")))

    world.settle()

    assert world.audit()["clean"]
    assert router.next_due is None or router.next_due > world.clock.now()
    assert TIMED_AT_ONCE < 2 * ALERTS
