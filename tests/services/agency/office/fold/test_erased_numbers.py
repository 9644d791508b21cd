"""Which holes in a desk's sequence an erasure by the owners explains, and which not."""

from __future__ import annotations

import pytest

from contracts.log.orders.order import make_order
from contracts.log.orders.rulings import erasure
from contracts.vocabulary import topics
from services.agency.office.fold.numbers import Gap
from tests.contracts.log.erasing.kit import ALERT, compacted, naming, order, read_anew, two_children
from tests.contracts.log.first_orders import OWNER
from tests.flows.acts import CASE, OTHER, raw
from tests.world import World

INBOX = topics.inbox("civil", "child_welfare"), 0
YEAR = 365 * 86_400


def withhold(world: World, count: int) -> None:
    """The router keeps back so many deliveries to the CRIP, and goes on with another."""
    for _ in range(count):
        before = list(world.topics[INBOX])
        raw(world, "psp", "IP", ALERT, case=CASE)
        world.topics[INBOX] = before
    world.clock.advance(10)
    raw(world, "psp", "IP", ALERT, case=CASE)


def gaps(world: World) -> list[Gap]:
    """What the CRIP finds missing in the inbox as it lies there now."""
    return read_anew(world, "child_welfare").view("crip").numbers.gaps


def test_an_erasure_excuses_no_more_than_it_names_and_is_spent_once() -> None:
    """Of another child: neither three deliveries withheld at once, nor one after another."""
    holes = two_children(), two_children()
    order(holes[0], naming(holes[0], OTHER)[:1])
    withhold(holes[0], 3)
    withhold(holes[1], 1)
    withhold(holes[1], 1)
    order(holes[1], naming(holes[1], OTHER)[:1])

    assert [(gap.first, gap.last) for gap in gaps(holes[0])] == [(4, 6)]
    assert len(gaps(holes[1])) == 1


@pytest.mark.parametrize("away", [-60, 5 * YEAR])
def test_an_erasure_that_is_yet_to_come_or_past_excuses_nothing(away: int) -> None:
    """Nothing decided since a past order is erased by it, nothing yet by a coming one."""
    world = two_children()
    start, registry = world.clock.now() + away, world.registries["civil"]
    content = erasure(naming(world, OTHER), "test")
    value = make_order("civil", "erase", content, last=registry.last, start=start, signers=[OWNER])
    assert not registry.extend([value])

    withhold(world, 1)

    assert len(gaps(world)) == 1


def test_what_was_erased_between_others_is_no_gap_though_the_order_came_later() -> None:
    """The message behind it was read long before the owners ordered anything."""
    world = two_children()
    world.clock.advance(60)
    raw(world, "edu-s", "IP", ALERT, case=OTHER)
    world.clock.advance(60)
    order(world, naming(world, CASE))

    compacted(world, INBOX[0])

    assert gaps(world) == []
