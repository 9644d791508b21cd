"""Orders on control: only their owners' signatures, exact forms, and the next number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.encoding import canonical, digest
from contracts.keys.keyring import Signer
from contracts.log.orders.layout import Layout, ordered
from contracts.log.orders.order import OrderKind
from contracts.log.orders.registry import Registry
from contracts.log.orders.rulings import MAX_DECISIONS, REASONS, erasure, ruling
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


LEAF: Final = digest("a decision")
ROW: Final = {"partition": 0, "decision": LEAF}
SOUND: Final[dict[OrderKind, dict[str, Any]]] = {
    "layout": {"shards": 1, "partitions": topics.PARTITIONS},
    "release": ruling(((0, LEAF),), "test"),
    "erase": erasure(((0, LEAF),), "test"),
}


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        # more shards than partitions, none at all, more than brokers make at once, no number
        ("layout", {"shards": 0}),
        ("layout", {"shards": True}),
        ("layout", {"shards": 7}),
        ("layout", {"shards": 25, "partitions": 24}),
        ("layout", {"partitions": 0}),
        ("layout", {"partitions": topics.MOST_PARTITIONS + 1}),
        ("layout", {"partitions": "6"}),
        ("release", {"decisions": None, "reason": None}),
        ("release", {"decisions": []}),
        ("release", {"reason": None}),
        ("release", {"reason": "Zoe Dupont"}),
        ("release", {"reason": ["test"]}),
        ("release", {"note": "Zoe Dupont"}),
        ("release", {"decisions": [ROW, ROW]}),
        ("release", {"decisions": [{"decision": LEAF}]}),
        ("release", {"decisions": [[0, LEAF]]}),
        ("release", {"decisions": ROW}),
        ("release", {"decisions": [ROW | {"decision": digest(str(n))} for n in range(17)]}),
        ("release", {"decisions": [ROW | {"code": "x"}]}),
        ("release", {"decisions": [ROW | {"partition": True}]}),
        ("release", {"decisions": [ROW | {"partition": topics.PARTITIONS}]}),
        ("release", {"decisions": [ROW | {"partition": "0"}]}),
        ("release", {"decisions": [ROW | {"decision": "AAAA"}]}),
        ("release", {"decisions": [ROW | {"decision": LEAF[:-1] + "="}]}),
        ("release", {"decisions": [ROW | {"decision": 43}]}),
        ("erase", {"decisions": []}),
        ("erase", {"basis": "because"}),
        ("erase", {"note": "Durand"}),
    ],
)
def test_an_order_of_another_form_is_rejected_and_stops_nobody(
    kind: OrderKind, changes: dict[str, Any]
) -> None:
    """A layout that no realm can have, a free word, no decision; the next order is taken."""
    found = Registry("civil", owners()) if kind == "layout" else begun()
    content = {name: one for name, one in (SOUND[kind] | changes).items() if one is not None}

    (rejected,) = found.extend(next_order(found, kind, content))

    assert rejected in ("order_malformed", "base64_not_canonical")
    assert found.partitions == topics.PARTITIONS
    assert found.extend(next_order(found, kind, SOUND[kind])) == []


@pytest.mark.parametrize("start", [True, 1 << 38])
def test_an_order_from_no_instant_is_rejected(start: Any) -> None:
    """None of envelope §2.5: what begins in the year 10681 could not be told in words."""
    found = begun()

    (rejected,) = found.extend(next_order(found, "release", SOUND["release"] | {"from": start}))

    assert rejected == "order_malformed"


def test_up_to_sixteen_decisions_with_a_reason_from_the_list_are_taken() -> None:
    """Of any partitions."""
    found = begun()
    named = tuple((number % 6, digest(str(number))) for number in range(MAX_DECISIONS))

    for reason in REASONS:
        assert found.extend(next_order(found, "release", ruling(named, reason))) == []

    assert found.orders[-1].decisions == named


def test_a_release_needs_as_many_owners_as_the_table_says() -> None:
    """Two of two: one alone, one twice, or each under another release, releases nothing."""
    second = kit.signer("urn:relais:owner:directory", "directory-2")
    found, whose = begun(), owners()
    found.owners = replace(
        whose,
        keys={**whose.keys, "release": kit.pinned(OWNER, second)},
        quorum={**whose.quorum, "release": 2},
    )

    def release(*signers: Signer, content: dict[str, Any] = SOUND["release"]) -> bytes:
        return next_order(found, "release", content, signers=signers)[0]

    (other,) = orjson.loads(release(second, content=ruling(((1, LEAF),))))
    two = canonical([*orjson.loads(release(OWNER)), other])

    alone = found.extend([release(OWNER), release(OWNER, OWNER), two])
    both = found.extend([release(OWNER, second)])

    assert alone == ["order_unsigned", "order_unsigned", "order_malformed"]
    assert both == []
