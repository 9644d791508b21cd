"""Orders on control: signed by their owners, strictly in turn, taken up by every shard."""

from __future__ import annotations

import asyncio

import pytest

from contracts.errors import LogError
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.kafka.orders.control import Control, read_registry
from services.platform.kafka.reading.log_reader import LogReader
from tests.contracts.envelope.kit import NOW, realm, signer
from tests.kafka import kit

pytestmark = pytest.mark.anyio

CONTROL = topics.control(kit.REALM)


async def read(fresh: str) -> Registry:
    """What control holds."""
    return await read_registry(LogReader(fresh), kit.REALM, kit.owners())


async def test_orders_are_numbered_and_chained(fresh: str) -> None:
    """Layout, convention and directory, each named by the next; nothing is rejected."""
    await kit.prepare(fresh)

    registry = await read(fresh)

    orders = registry.orders
    assert [(one.n, one.kind) for one in orders] == [
        (1, "layout"),
        (2, "adopt_convention"),
        (3, "adopt_directory"),
    ]
    assert registry.rejected == []
    assert registry.in_force(NOW) == (orders[1].target, orders[2].target)


async def test_a_refresh_reads_only_what_is_new(fresh: str) -> None:
    """A shard that follows control sees an order as soon as it was published."""
    await kit.prepare(fresh, adopt=False)
    control = Control(LogReader(fresh), kit.REALM, kit.owners())
    await control.start()

    seen = []
    for shards in (1, 2):
        await kit.order(fresh, "layout", **kit.layout(shards))
        await control.refresh()
        seen.append(len(control.registry.orders))
    await control.stop()

    assert seen == [1, 2]


async def test_an_order_that_readers_would_refuse_is_never_written(fresh: str) -> None:
    """A broken or half-signed convention, another keeper's directory, a stranger's signature."""
    await kit.prepare(fresh, adopt=False)
    stranger = signer("urn:relais:owner:convention", "convention-1x")
    token, signed = realm(kit.REALM).token, kit.convention_signed()
    half = signed | {"signatures": signed["signatures"][:-1]}

    for order in (
        kit.order(fresh, "adopt_convention", convention="clauses: []", signatures=[]),
        kit.order(fresh, "adopt_convention", **half),
        kit.order(fresh, "adopt_directory", directory=token[:-8] + "AAAAAAAA"),
        kit.order(fresh, "adopt_convention", signer=stranger, **signed),
    ):
        with pytest.raises(LogError, match="order_rejected"):
            await order

    assert (await kit.read(fresh, CONTROL))[CONTROL] == []


async def test_of_two_publishers_at_once_one_comes_first(fresh: str) -> None:
    """Two orders with one number: one is taken, the other's author is told."""
    await kit.prepare(fresh, adopt=False)

    both = await asyncio.gather(
        *(kit.order(fresh, "layout", **kit.layout(shards)) for shards in (1, 2)),
        return_exceptions=True,
    )

    registry = await read(fresh)
    taken = [one for one in both if not isinstance(one, BaseException)]
    assert {one.digest for one in registry.orders} == {one.digest for one in taken}
    assert all(isinstance(one, LogError) for one in both if isinstance(one, BaseException))
