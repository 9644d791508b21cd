"""What falls due in one second is written some at a time, and whole before anything else."""

from __future__ import annotations

import pytest

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


@pytest.mark.slow
@pytest.mark.parametrize("with_input", [False, True])
def test_what_is_due_is_written_whole_in_bounded_batches_before_anything_else(
    with_input: bool,
) -> None:
    """As a shard ticks: again while something is due; a batch with input writes the rest first."""
    world, router = flooded()
    sizes = []
    if with_input:
        world.publish_raw("edu-s", draft("edu-s", "IP", ("crip", "assess", "FACTS")))
        world.settle()
    while router.next_due is not None and router.next_due <= world.clock.now():
        sizes.append(len(world.route(router, ()).settled))

    assert with_input == (not sizes)
    assert with_input or (max(sizes) == TIMED_AT_ONCE and sum(sizes) >= 2 * ALERTS > TIMED_AT_ONCE)
    same_state(world)
