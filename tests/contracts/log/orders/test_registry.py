"""Orders on control: only their owners' signatures, only the next number, only newer versions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.log.orders.layout import Layout, ordered
from contracts.log.orders.order import make_order
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus, begun, first_orders, owners


def registry() -> Registry:
    """After the first three orders."""
    return begun("civil").copy()


def layout(
    found: Registry, shards: int = 2, signer: object = None, partitions: int = topics.PARTITIONS
) -> bytes:
    """The next layout order."""
    by = signer or kit.signer("urn:relais:owner:convention", "convention-1")
    content = {"shards": shards, "partitions": partitions}
    return make_order(
        "civil", "layout", content, last=found.last, start=kit.NOW, signers=[by]  # type: ignore[list-item]
    )  # fmt: skip


def test_an_old_order_played_again_is_rejected() -> None:
    """No old convention or un-revoked key comes back: numbers only rise."""
    found = registry()

    rejected = found.extend(first_orders()[1:3])

    assert rejected == ["order_out_of_turn"]
    assert len(found.orders) == 3


def test_an_order_by_a_stranger_is_rejected_and_stops_nobody() -> None:
    """Another key signs: counted, logged, and the next true order is taken."""
    found = registry()

    rejected = found.extend([layout(found, signer=kit.signer("urn:relais:owner:x", "stranger"))])
    accepted = found.extend([layout(found)])

    assert rejected == ["unknown_key"]
    assert accepted == []
    assert found.orders[-1].payload["shards"] == 2


def test_garbage_on_control_stops_nobody() -> None:
    """Null, text, other JSON, an altered order."""
    found = registry()
    good = layout(found)

    rejected = found.extend([None, b"x", b"{}", b"[1]", good[:-9] + b'AAAAAAA"]'])

    assert len(rejected) == 5
    assert found.extend([good]) == []


def test_an_order_of_the_other_realm_is_rejected() -> None:
    """A criminal order moved to the civil control topic is none."""
    found = Registry("civil", owners())

    assert found.extend(first_orders("criminal")[:1]) == ["order_malformed"]


def test_an_order_for_the_future_waits_for_its_hour() -> None:
    """A layout announced for tomorrow is recorded tomorrow, with its own instant."""
    bus = Bus()
    bus.tick(kit.NOW)
    signer = kit.signer("urn:relais:owner:convention", "convention-1")
    value = make_order(
        "civil",
        "layout",
        {"shards": 3, "partitions": topics.PARTITIONS},
        last=bus.registry.last,
        start=kit.NOW + kit.DAY,
        signers=[signer],
    )
    bus.registry.extend([value])

    bus.tick(kit.NOW + 10)
    before = {router.state.tail.layout[2] for router in bus.routers.values()}
    bus.tick(kit.NOW + 2 * kit.DAY)

    assert before == {1}
    assert {router.state.tail.layout[2] for router in bus.routers.values()} == {3}
    assert {router.state.tail.at for router in bus.routers.values()} == {kit.NOW + kit.DAY}
    assert bus.replay(kit.NOW + 2 * kit.DAY) == []


@pytest.mark.parametrize("partitions", [1, 24, 48, topics.MOST_PARTITIONS])
def test_the_first_layout_chooses_the_partitions_for_ever(partitions: int) -> None:
    """Other shards may share them later; another number of them is no order, and stops nobody."""
    found = Registry("civil", owners())

    first = found.extend([layout(found, 1, partitions=partitions)])
    other = found.extend([layout(found, 1, partitions=partitions + 1)])
    last = found.extend([layout(found, partitions, partitions=partitions)])

    assert (first, other, last) == ([], ["order_malformed"], [])
    assert found.partitions == partitions
    layouts = ordered(found)
    assert [one.partitions for one in layouts] == [partitions] * 2
    assert [layouts[1].owned(number) for number in range(partitions)] == [
        (number,) for number in range(partitions)
    ]


@given(st.integers(1, topics.MOST_PARTITIONS), st.data())
def test_every_partition_has_one_shard(partitions: int, data: st.DataObject) -> None:
    """Whatever the numbers, none is owned twice or by nobody, and no shard has nothing."""
    shards = data.draw(st.integers(1, partitions))
    found = Layout(1, shards, partitions)

    owned = [found.owned(shard) for shard in range(shards)]

    assert sorted(one for own in owned for one in own) == list(range(partitions))
    assert all(owned)


@pytest.mark.parametrize(
    ("shards", "partitions"),
    [(0, 6), (7, 6), (25, 24), (1, 0), (1, topics.MOST_PARTITIONS + 1), (1, "6")],
)
def test_a_layout_that_no_realm_can_have_is_rejected(shards: int, partitions: Any) -> None:
    """More shards than partitions, none at all, more than brokers make at once, no number."""
    found = Registry("civil", owners())

    assert found.extend([layout(found, shards, partitions=partitions)]) == ["order_malformed"]
    assert found.partitions == topics.PARTITIONS
