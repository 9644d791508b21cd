"""Orders on control: signed by their owners, strictly in turn, taken up by every shard."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from aiokafka import TopicPartition

from contracts.errors import LogError
from contracts.kafka.topic_plan import plan
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.kafka.orders.control import Control, read_registry
from tests.contracts.envelope.kit import NOW, realm, signer
from tests.kafka import kit
from tests.simulation.bus import Tried

CONTROL = topics.control(kit.REALM)


async def prepared(bus: Tried) -> partial[Any]:
    """Make control; what orders on it."""
    every = plan(kit.convention(), realm(kit.REALM).directory)
    await bus.make(*(topic for topic in every if topic.name == CONTROL))
    return partial(kit.order, bus.bootstrap, tls=bus.tls)


async def read(bus: Tried) -> Registry:
    """What control holds."""
    return await read_registry(bus.reader(), kit.REALM, kit.owners())


async def test_orders_are_numbered_and_chained(bus: Tried) -> None:
    """Layout, convention and directory, each named by the next; nothing is rejected."""
    order = await prepared(bus)
    await order("layout", **kit.layout(1))
    await order("adopt_convention", **kit.convention_signed())
    await order("adopt_directory", directory=realm(kit.REALM).token)

    registry = await read(bus)

    orders = registry.orders
    assert [(one.n, one.kind) for one in orders] == [
        (1, "layout"),
        (2, "adopt_convention"),
        (3, "adopt_directory"),
    ]
    assert registry.rejected == []
    assert registry.in_force(NOW) == (orders[1].target, orders[2].target)


async def test_a_refresh_reads_only_what_is_new(bus: Tried) -> None:
    """A shard that follows control sees an order as soon as it was published."""
    order, seen = await prepared(bus), []
    control = Control(bus.reader(), kit.REALM, kit.owners())
    await control.start()

    for shards in (1, 2):
        await order("layout", **kit.layout(shards))
        await control.refresh()
        seen.append(len(control.registry.orders))
    await control.stop()

    assert seen == [1, 2]


async def test_an_order_that_readers_would_refuse_is_never_written(bus: Tried) -> None:
    """A broken or half-signed convention, another keeper's directory, a stranger's signature."""
    order = await prepared(bus)
    stranger = signer("urn:relais:owner:convention", "convention-1x")
    token, signed = realm(kit.REALM).token, kit.convention_signed()
    half = signed | {"signatures": signed["signatures"][:-1]}

    for made in (
        order("adopt_convention", convention="clauses: []", signatures=[]),
        order("adopt_convention", **half),
        order("adopt_directory", directory=token[:-8] + "AAAAAAAA"),
        order("adopt_convention", signer=stranger, **signed),
    ):
        with pytest.raises(LogError, match="order_rejected"):
            await made

    assert await bus.read(TopicPartition(CONTROL, 0)) == []


async def test_of_two_publishers_at_once_one_comes_first(bus: Tried) -> None:
    """Two orders with one number: one is taken, the other's author is told."""
    order = await prepared(bus)

    both = await asyncio.gather(
        *(order("layout", **kit.layout(shards)) for shards in (1, 2)), return_exceptions=True
    )

    registry = await read(bus)
    taken = [one for one in both if not isinstance(one, BaseException)]
    assert {one.digest for one in registry.orders} == {one.digest for one in taken}
    assert all(isinstance(one, LogError) for one in both if isinstance(one, BaseException))
