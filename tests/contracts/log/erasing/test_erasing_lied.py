"""Lies about erasing, by a router or by who has Kafka: a replay finds them where it can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from contracts.decision.state.effects import case_tag
from contracts.encoding import b64u, canonical, sha256, unb64u
from contracts.envelope.wire import Outbound
from contracts.errors import LogError
from contracts.log.erasing.erasure import Erasing, erase
from contracts.log.orders.order import make_order
from contracts.log.orders.rulings import erasure
from contracts.vocabulary import topics
from tests.contracts.log.erasing.kit import compacted, naming, order, two_children
from tests.contracts.log.first_orders import OWNER
from tests.flows.acts import CASE, OTHER
from tests.world import World


def alarms(world: World) -> list[str]:
    """Codes of the auditor's alarms."""
    return [one.code for one in world.replay("civil", 0)[1] if one.alarm]


def lie(monkeypatch: pytest.MonkeyPatch, of: Callable[[Erasing], Erasing]) -> None:
    """A router that erases otherwise than it should."""
    honest = erase
    monkeypatch.setattr(
        "contracts.log.routing.partition_router.erase", lambda *given: of(honest(*given))
    )


def forgetting_case_too(honest: Erasing) -> Erasing:
    """With the tag of a case that the order does not name."""
    by = honest.by or b64u(bytes(16))
    tags = sorted([*honest.cases, case_tag(unb64u(by), CASE)])
    return replace(honest, by=by, cases=tags)


def test_a_case_that_no_order_names_is_not_forgotten_unseen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A router hides a duty under an order to erase: not even where stubs alone are left."""
    world = two_children()
    lie(monkeypatch, forgetting_case_too)
    order(world, naming(world, OTHER))
    assert CASE not in world.routers["civil", 0].state.cases
    for _ in range(2):
        assert alarms(world) == ["decision_differs"]
        compacted(world)


def test_a_case_of_which_nothing_was_erased_is_not_forgotten_unseen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The order names all of it: its duties would go, and nobody could ask where they are."""
    world = two_children()

    def nothing_erased(honest: Erasing) -> Erasing:
        answers = [{"decision": one["decision"], "answer": "incomplete"} for one in honest.answers]
        return replace(honest, answers=answers, stubs={}, slips=())

    lie(monkeypatch, nothing_erased)
    order(world, naming(world, CASE))

    assert CASE not in world.routers["civil", 0].state.cases
    assert alarms(world) == ["decision_differs"]


def test_a_stub_that_says_other_than_the_evidence_it_replaces_is_an_alarm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who read the evidence whole knows what is left of it; a duty does not go unseen."""
    world = two_children()
    leaf = naming(world, CASE)[0][1]
    false = canonical({"effects": [], "erased": 4})
    answer = {"decision": leaf, "answer": "erased", "stub": b64u(sha256(false))}

    def false_stub(honest: Erasing) -> Erasing:
        answers = [answer if one["decision"] == leaf else one for one in honest.answers]
        return replace(honest, stubs={**honest.stubs, leaf: false}, answers=answers)

    lie(monkeypatch, false_stub)
    order(world, naming(world, CASE))
    place = topics.evidence("civil"), 0
    first = {record.key: record for record in reversed(world.topics[place])}

    world.topics[place] = list(first.values())

    assert alarms(world) == ["decision_differs"]


def test_a_stub_before_its_erasure_is_an_alarm_and_no_router_starts() -> None:
    """An order for next year is on control: who has Kafka does what the router has not."""
    world = two_children()
    ((_, leaf),) = naming(world, OTHER)
    kept = [
        one for one in orjson.loads(world.evidence("civil", 0)[leaf])["effects"] if "sub" not in one
    ]
    registry, start = world.registries["civil"], world.clock.now() + 365 * 86_400
    content = erasure(((0, leaf),), "test")
    registry.extend(
        [make_order("civil", "erase", content, last=registry.last, start=start, signers=[OWNER])]
    )
    stub = canonical({"effects": kept, "erased": registry.orders[-1].n})
    world.write(Outbound(topics.evidence("civil"), 0, leaf.encode(), stub))

    assert alarms(world) == ["erased_without_order"]
    with pytest.raises(LogError, match="erased_without_order"):
        world.rebuilt("civil", 0)
