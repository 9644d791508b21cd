"""Orders on quarantine that are no orders, and routers that make something else of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.encoding import canonical, digest
from contracts.log.orders.registry import Registry
from contracts.log.orders.rulings import MAX_DECISIONS, REASONS, ruling
from contracts.log.routing import quarantine, settle
from contracts.log.routing.partition_router import PartitionRouter
from contracts.vocabulary import topics
from tests.contracts.envelope import kit
from tests.contracts.log.first_orders import OWNER, begun, next_order, owners
from tests.contracts.log.routed import Bus
from tests.contracts.log.ruling import LATER, after_orders, good, kinds, put_aside, released, rule
from tests.contracts.log.ruling import settle as settled
from tests.contracts.log.saying import alarms, deliveries

LEAF = digest("a decision")
ROW = {"partition": 0, "decision": LEAF}


def order(found: Registry, content: dict[str, Any], **more: Any) -> bytes:
    """The next order, a release."""
    return next_order(found, "release", content, **more)[0]


def test_the_exact_form_is_taken() -> None:
    """Up to sixteen decisions with a reason from the list."""
    found = begun()
    named = tuple((number % 6, digest(str(number))) for number in range(MAX_DECISIONS))

    for reason in REASONS:
        assert found.extend([order(found, ruling(named, reason))]) == []

    assert found.orders[-1].decisions == named


def row(**changes: Any) -> dict[str, Any]:
    """A release of one decision, in which that is named otherwise."""
    return {"decisions": [ROW | changes], "reason": "test"}


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"decisions": [], "reason": "test"},
        {"decisions": [ROW]},
        {"decisions": [ROW], "reason": "Zoe Dupont"},
        {"decisions": [ROW], "reason": ["test"]},
        {"decisions": [ROW], "reason": "test", "note": "Zoe Dupont"},
        {"decisions": [ROW, ROW], "reason": "test"},
        {"decisions": [{"decision": LEAF}], "reason": "test"},
        {"decisions": [[0, LEAF]], "reason": "test"},
        {"decisions": ROW, "reason": "test"},
        {"decisions": [ROW | {"decision": digest(str(n))} for n in range(17)], "reason": "test"},
        row(code="x"),
        row(partition=True),
        row(partition=topics.PARTITIONS),
        row(partition="0"),
        row(decision="AAAA"),
        row(decision=LEAF[:-1] + "="),
        row(decision=43),
    ],
)
def test_any_other_form_is_rejected_and_stops_nobody(content: dict[str, Any]) -> None:
    """Counted; the next order is taken."""
    found = begun()

    rejected = found.extend([order(found, content)])

    assert len(rejected) == 1
    assert rejected[0] in ("order_malformed", "base64_not_canonical")
    assert found.extend([order(found, ruling(((0, LEAF),)))]) == []


def test_a_release_needs_as_many_owners_as_the_table_says() -> None:
    """Two of two: one alone, one twice, or each under another release, releases nothing."""
    second = kit.signer("urn:relais:owner:directory", "directory-2")
    found, whose = begun(), owners()
    keys = {**whose.keys, "release": kit.pinned(OWNER, second)}
    found.owners = replace(
        whose, keys={**whose.keys, **keys}, quorum={**whose.quorum, "release": 2}
    )
    content = ruling(((0, LEAF),))

    (other,) = orjson.loads(order(found, ruling(((1, LEAF),)), signers=[second]))
    two = canonical([*orjson.loads(order(found, content)), other])
    twice = order(found, content, signers=[OWNER, OWNER])

    alone = found.extend([order(found, content), twice, two])
    both = found.extend([order(found, content, signers=[OWNER, second])])

    assert alone == ["order_unsigned", "order_unsigned", "order_malformed"]
    assert both == []


def lying_bus() -> tuple[Bus, PartitionRouter, list[str]]:
    """Two events put aside, the first of which an order has released."""
    bus = Bus()
    events = good(bus, 1), good(bus, 2)
    leaves = put_aside(bus, *events)
    rule(bus, "release", leaves[0])
    bus.tick(LATER)
    return bus, bus.routers[events[0].partition], leaves


@pytest.mark.parametrize("ruled", [1, 2])
def test_a_router_that_routes_what_nobody_released_or_not_the_next_is_seen(ruled: int) -> None:
    """Its own key, its own quarantine: but no order, or out of turn."""
    bus = Bus()
    events = good(bus, 1), good(bus, 2)
    leaves = put_aside(bus, *events)
    rule(bus, "release", *leaves[:ruled])
    bus.tick(LATER)
    bus.routers[events[0].partition].state.tail.waiting = (leaves[1], *leaves[: ruled - 1])

    bus.tick(LATER + 1)

    assert alarms(bus, LATER + 1) == ["release_invented"]


def test_a_router_that_never_routes_what_was_released_is_seen() -> None:
    """Silence is an alarm once a router should have been through."""
    bus, router, _ = lying_bus()
    router.state.tail.waiting = ()

    bus.route(good(bus, 3), now=LATER + 60)

    assert alarms(bus, LATER - 1) == []
    assert alarms(bus, LATER + 60) == ["release_unsettled"]


def test_a_router_that_delivers_after_the_expiry_at_first_arrival_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It had expired when it came; the auditor knows when that was."""
    bus = Bus()
    (leaf,) = put_aside(bus, good(bus), now=kit.NOW + 8 * kit.DAY)
    with monkeypatch.context() as lying:
        lying.setattr("contracts.envelope.verify.check_times", lambda *_: None)
        released(bus, leaf, now=kit.NOW + 9 * kit.DAY)
    assert len(deliveries(bus, "crip")) == 1

    assert alarms(bus, kit.NOW + 9 * kit.DAY + 1) == ["expired"]


def test_a_router_that_puts_other_bytes_in_their_place_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another event under the decision that was released."""
    bus, router, leaves = lying_bus()
    other = bus.quarantined(leaves[1])
    assert other is not None
    with monkeypatch.context() as lying:
        lying.setattr(Bus, "quarantined", lambda *_: other)
        lying.setattr(quarantine, "is_of", lambda *_: True)
        kept = router.state.kept
        kept[leaves[0]] = kept[leaves[1]]
        bus.tick(LATER + 1)

    assert alarms(bus, LATER + 1) == ["bytes_altered"]


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("bytes_gone", "bytes_gone"),
        ("bytes_altered", "bytes_altered"),
        ("already_decided", "duplicate_of_nothing"),
        ("not_wanted", "evidence_malformed"),
    ],
)
def test_a_router_that_drops_a_release_under_a_pretext_is_seen(
    reason: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it says, the auditor knows better or raises an alarm."""
    bus, router, _ = lying_bus()
    token = kit.sample_issue().cover
    drop = settle.dropped

    def pretext(context: Any, leaf: str, _reason: str, _token: str = "") -> Any:
        return drop(context, leaf, reason, token if reason == "already_decided" else "")

    with monkeypatch.context() as lying:
        lying.setattr(settle, "dropped", pretext)
        lying.setattr(Bus, "quarantined", lambda *_: None)
        bus.tick(LATER + 1)
    assert kinds(bus, router.site.partition)[-1] == "discarded"

    assert alarms(bus, LATER + 1) == [found]


def test_an_order_on_what_is_waiting_already_changes_nothing() -> None:
    """Two orders before routing got to it: released once, discarded never."""
    bus = Bus()
    event = good(bus)
    (leaf,) = put_aside(bus, event)
    for kind in ("release", "discard", "release"):
        rule(bus, kind, leaf)

    settled(bus, LATER)

    ruled = [one["answers"][0]["answer"] for one in after_orders(bus, event.partition)[1:4]]
    assert ruled == ["released", "already_released", "already_released"]
    assert len(deliveries(bus, "crip")) == 1
    assert alarms(bus, LATER + 1) == []
