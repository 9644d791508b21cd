"""Orders on control: only their owners' signatures, only the next number, only newer versions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.keys.keyring import Signer
from contracts.log.orders.layout import Layout, ordered
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from tests.contracts.envelope import kit
from tests.contracts.log.first_orders import OWNER, begun, first_orders, next_order, owners


def layout(
    found: Registry, shards: int = 2, signer: Signer = OWNER, partitions: int = topics.PARTITIONS
) -> bytes:
    """The next layout order."""
    content = {"shards": shards, "partitions": partitions}
    return next_order(found, "layout", content, signers=[signer])[0]


def test_an_old_order_played_again_is_rejected() -> None:
    """No old convention or un-revoked key comes back: numbers only rise."""
    found = begun()

    rejected = found.extend(first_orders()[1:3])

    assert rejected == ["order_out_of_turn"]
    assert len(found.orders) == 3


def test_what_no_owner_has_signed_on_control_stops_nobody() -> None:
    """A stranger's order, null, text, other JSON, an altered one: the next true one is taken."""
    found = begun()
    good = layout(found)
    stranger = layout(found, signer=kit.signer("urn:relais:owner:x", "stranger"))

    rejected = found.extend([stranger, None, b"x", b"{}", b"[1]", good[:-9] + b'AAAAAAA"]'])

    assert len(rejected) == 6
    assert rejected[0] == "unknown_key"
    assert found.extend([good]) == []
    assert found.orders[-1].payload["shards"] == 2


def test_an_order_of_the_other_realm_is_rejected() -> None:
    """A criminal order moved to the civil control topic is none."""
    found = Registry("civil", owners())

    assert found.extend(first_orders("criminal")[:1]) == ["order_malformed"]


@pytest.mark.parametrize("partitions", [1, 24, topics.MOST_PARTITIONS])
def test_the_first_layout_chooses_the_partitions_for_ever(partitions: int) -> None:
    """Other shards may share them later; another number of them is no order, and stops nobody."""
    found = Registry("civil", owners())

    first = found.extend([layout(found, 1, partitions=partitions)])
    other = found.extend([layout(found, 1, partitions=partitions + 1)])
    last = found.extend([layout(found, partitions, partitions=partitions)])

    assert (first, other, last) == ([], ["order_malformed"], [])
    assert found.partitions == partitions
    assert [(one.shards, one.partitions) for one in ordered(found)] == [
        (1, partitions), (partitions, partitions),
    ]  # fmt: skip


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
