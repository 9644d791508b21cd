"""Erasing by an owners' order: evidence becomes a stub, all else stays; lies about it are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.decision.state.effects import case_tag
from contracts.encoding import b64u, canonical, sha256, unb64u
from contracts.envelope.wire import Outbound
from contracts.errors import LogError
from contracts.log.erasing.erasure import Erasing, erase
from contracts.log.orders.rulings import erasure
from contracts.vocabulary import topics
from contracts.vocabulary.schema import Linked
from tests.contracts.log.erasing.kit import (
    ALERT,
    EVIDENCE,
    alarms,
    compacted,
    naming,
    order,
    read_before,
    two_children,
)
from tests.flows.acts import CASE, OTHER, raw, same_state
from tests.world import World, WorldClock


def test_of_an_erased_case_nothing_is_left_and_all_else_is_the_same() -> None:
    """Neither token nor salt in evidence nor in the state; records stay; the rest replays clean."""
    world = two_children()
    records = [record.value for record in world.topics[topics.decisions("civil"), 0]]
    decisions = naming(world, CASE)
    salts = [orjson.loads(world.evidence("civil", 0)[leaf])["salt"] for _, leaf in decisions]

    answer = order(world, decisions)
    compacted(world)

    assert CASE.encode() not in canonical(answer)  # its tag is of a key of this erasure
    assert unb64u(answer["effects"][-1]["by"])
    assert {one["answer"] for one in answer["answers"]} == {"erased"}
    kept = b"".join(world.evidence("civil", 0).values())
    assert not [text for text in (CASE, *salts) if text.encode() in kept]
    assert not naming(world, CASE)
    state = world.routers["civil", 0].state
    assert set(state.cases) == {OTHER}
    now = [record.value for record in world.topics[topics.decisions("civil"), 0]]
    assert now[: len(records)] == records
    found = world.replay("civil", 0)[1]
    assert [(one.code, one.alarm) for one in found] == [("erased", False)] * len(decisions)
    same_state(world)


def test_of_an_erased_case_nothing_falls_due_and_it_may_begin_anew() -> None:
    """A router that starts again, and the living one, agree that nothing is owed."""
    world, router = two_children(), ("civil", 0)
    assert world.routers[router].next_due is not None

    for case in (CASE, OTHER):
        order(world, naming(world, case))
    compacted(world)

    assert world.routers[router].next_due is None
    same_state(world)
    raw(world, "psp", "IP", ALERT, case=CASE)
    compacted(world)
    assert len(world.routers[router].state.cases[CASE].events) == 1
    same_state(world)


def test_linked_cases_are_erased_together() -> None:
    """The one names the other: alone, its token would stay."""
    world = two_children()
    for case, peer in ((CASE, OTHER), (OTHER, CASE)):
        linked = Linked(peer=peer, date="2026-09-07")
        raw(world, "crip", "LINK", case=case, declared={}, linked=linked)
    own = {leaf for _, leaf in naming(world, CASE)} - {leaf for _, leaf in naming(world, OTHER)}

    alone = order(world, tuple((0, leaf) for leaf in own))
    both = order(world, tuple(dict.fromkeys((*naming(world, CASE), *naming(world, OTHER)))))
    compacted(world)

    assert {one["answer"] for one in alone["answers"]} == {"incomplete"}
    assert {one["answer"] for one in both["answers"]} == {"erased"}
    assert not world.routers["civil", 0].state.cases
    same_state(world)


@pytest.mark.parametrize(
    ("fake", "code"),
    [
        ({"effects": [], "erased": 1}, "erased_without_order"),
        ({"effects": [], "erased": True}, "evidence_altered"),
        ({"effects": [], "erased": 4, "cover": ""}, "evidence_altered"),
    ],
)
def test_a_stub_that_no_order_wants_is_an_alarm(fake: dict[str, Any], code: str) -> None:
    """Whoever has Kafka cannot hide a decision by saying that it was erased."""
    world = two_children()
    leaf = naming(world, OTHER)[0][1]
    order(world, naming(world, CASE))

    world.write(Outbound(*EVIDENCE, leaf.encode(), canonical(fake)))

    assert code in alarms(world)


# Lies, by a router or by who has Kafka: a replay finds them where it can.


def forgetting_case_too(honest: Erasing) -> Erasing:
    """With the tag of a case that the order does not name."""
    by = honest.by or b64u(bytes(16))
    tags = sorted([*honest.cases, case_tag(unb64u(by), CASE)])
    return replace(honest, by=by, cases=tags)


def nothing_erased(honest: Erasing) -> Erasing:
    """The case is forgotten: its duties would go, and nobody could ask where they are."""
    answers = [{**one, "answer": "incomplete"} for one in honest.answers]
    return replace(honest, answers=answers, stubs={}, slips=())


def false_stub(honest: Erasing) -> Erasing:
    """Of one decision, which says that it had no effect on a duty."""
    leaf, stub = next(iter(honest.stubs)), canonical({"effects": [], "erased": 4})
    answer = {"decision": leaf, "answer": "erased", "stub": b64u(sha256(stub))}
    answers = [answer if one["decision"] == leaf else one for one in honest.answers]
    return replace(honest, stubs={**honest.stubs, leaf: stub}, answers=answers)


@pytest.mark.parametrize(
    ("lie", "ordered", "read"),
    [
        (forgetting_case_too, OTHER, None),
        (forgetting_case_too, OTHER, compacted),
        (nothing_erased, CASE, None),
        (false_stub, CASE, read_before),
    ],
    ids=[
        "a case that no order names", "the same, where stubs alone are left",
        "a case of which nothing was erased", "another stub than who read the evidence makes",
    ],
)  # fmt: skip
def test_no_router_hides_a_duty_under_an_order_to_erase(
    lie: Callable[[Erasing], Erasing],
    ordered: str,
    read: Callable[[World], None] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither by what it forgets nor by what it says is left."""
    world = two_children()
    monkeypatch.setattr(
        "contracts.log.routing.partition_router.erase", lambda *given: lie(erase(*given))
    )
    order(world, naming(world, ordered))

    if read is not None:
        read(world)

    assert CASE not in world.routers["civil", 0].state.cases
    assert alarms(world) == ["decision_differs"]


def test_a_stub_before_its_erasure_is_an_alarm_and_no_router_starts() -> None:
    """An order for next year is on control: who has Kafka does what the router has not."""
    world = two_children()
    ((_, leaf),) = naming(world, OTHER)
    kept = [
        one for one in orjson.loads(world.evidence("civil", 0)[leaf])["effects"] if "sub" not in one
    ]
    now, world.clock = world.clock, WorldClock(world.clock.now() + 365 * 86_400)
    world.order("civil", "erase", erasure(((0, leaf),), "test"))
    world.clock, registry = now, world.registries["civil"]
    stub = canonical({"effects": kept, "erased": registry.orders[-1].n})
    world.write(Outbound(*EVIDENCE, leaf.encode(), stub))

    assert alarms(world) == ["erased_without_order"]
    with pytest.raises(LogError, match="erased_without_order"):
        world.rebuilt("civil", 0)
