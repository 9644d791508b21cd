"""A written retention: an owners' order, in the log as all others are, and read by whoever holds the owners' keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.errors import RelaisError
from contracts.log.orders.order import Owners, make_order
from contracts.log.orders.prune_orders import least_of, order_to_prune, read_retention
from contracts.log.orders.pruning import bundles_pruned, pruning
from contracts.vocabulary import topics
from tests.services.audit.bundle.memory_log import replayed
from tests.world import OWNER, World, begun, first_orders

START = 1_790_000_000


def signed(content: dict[str, Any], **more: Any) -> bytes:
    """An order to prune, as the owners sign it."""
    given = {"last": begun("civil", 2).last, "start": START, "signers": [OWNER], **more}
    return make_order("civil", "prune", content, **given)


def owners() -> Owners:
    """Who may order in the world of the tests."""
    return first_orders("civil", 2)[0]


@pytest.mark.slow
def test_an_order_to_prune_is_recorded_and_changes_no_decision() -> None:
    """Each partition's log has it; the audit is clean, and the order is taken as it was signed."""
    world = World(partitions=2)

    world.order("civil", "prune", pruning([256, 0]))
    world.settle()

    registry = world.registries["civil"]
    for number in range(2):
        record = orjson.loads(world.topics[topics.decisions("civil"), number][-1].value or b"")
        assert record["kind"] == "adopted"
    assert [least_of(registry, number) for number in (0, 1, 7)] == [256, 0, 0]
    assert replayed(world, realms=("civil",)).clean
    assert read_retention(registry.orders[-1].value, "civil", registry.owners).least(0) == 256


def test_of_several_orders_the_one_holds_that_lets_most_go_once_it_is_in_force() -> None:
    """An order does not bring back what an earlier one let go, and one of tomorrow lets nothing go today."""
    registry = begun("civil", 2)
    for minimum, start in (([512, 0], START), ([256, 256], START + 9), ([9_999, 0], START + 99)):
        order = signed(pruning(minimum), last=registry.last, start=start)
        assert not registry.extend([order])

    def least(number: int, now: int) -> int:
        order = order_to_prune(registry, number, now)
        return order.payload["minimum"][number] if order else -1

    assert [least(0, START - 1), least(0, START), least(0, START + 9)] == [-1, 512, 512]
    assert [least(1, START), least(1, START + 9), least(0, START + 99)] == [0, 256, 9_999]


WRONG: dict[str, dict[str, Any]] = {
    "no entries": {}, "one too few": {"minimum": [1]}, "one too many": {"minimum": [1, 2, 3]},
    "below nothing": {"minimum": [-1, 0]}, "a truth": {"minimum": [True, 0]}, "text": {"minimum": "00"},
    "too large": {"minimum": [2**53, 0]}, "one claim more": {"minimum": [0, 0], "reason": "x"},
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_an_order_of_another_form_is_rejected(kind: str) -> None:
    """Before any log is shortened by it."""
    registry = begun("civil", 2)

    rejected = registry.extend([signed(WRONG[kind])])

    assert rejected in (["order_malformed"], ["value_not_allowed"])
    assert least_of(registry, 0) == 0


def test_beside_a_log_an_order_is_believed_by_its_owners_keys_alone() -> None:
    """Of another realm, of another kind, by others, by too few, altered, or no order at all: none."""
    value = signed(pruning([256, 256]))
    other = make_order(
        "civil", "layout", {"shards": 1, "partitions": 2}, last=None, start=1, signers=[OWNER]
    )
    two = replace(owners(), quorum={**owners().quorum, "prune": 2})

    assert read_retention(value, "civil", owners()).minimum == (256, 256)
    for text, realm, by in (
        (value, "criminal", owners()), (other, "civil", owners()), (value, "civil", two),
        (value, "civil", Owners({}, {}, {})), (value.replace(b"A", b"B", 1), "civil", owners()),
        (b"", "civil", owners()), (b"[]", "civil", owners()), (b"[1]", "civil", owners()),
    ):  # fmt: skip
        with pytest.raises(RelaisError):
            read_retention(text, realm, by)


@pytest.mark.parametrize(
    ("least", "size", "bundles"),
    [(0, 0, 0), (9, 0, 0), (255, 700, 0), (256, 700, 1), (700, 700, 2), (512, 512, 1), (2**60, 513, 2)],
)  # fmt: skip
def test_whole_bundles_go_and_never_that_of_the_last_entry(
    least: int, size: int, bundles: int
) -> None:
    """A log that is followed is followed behind its last entry."""
    assert bundles_pruned(least, size) == bundles
