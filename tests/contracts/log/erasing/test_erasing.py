"""Erasing by an owners' order: evidence becomes a stub, and all else stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from contracts.encoding import canonical, unb64u
from contracts.log.orders.rulings import erasure
from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary import topics
from contracts.vocabulary.schema import Linked
from tests.contracts.log.erasing.kit import ALERT, compacted, naming, order, two_children
from tests.flows.acts import CASE, OTHER, raw, same_state
from tests.world import World


def said(world: World) -> Sequence[AuditFinding]:
    """What the auditor finds."""
    return world.replay("civil", 0)[1]


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
    assert [one.code for one in said(world)] == ["erased"] * len(decisions)
    assert not any(one.alarm for one in said(world))
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


def test_an_unsigned_or_malformed_erasure_is_rejected() -> None:
    """Another basis, no decision, a free word: on control for ever, so none is taken."""
    world = two_children()
    for content in (
        erasure(naming(world, CASE), "because"),
        erasure((), "test"),
        erasure(naming(world, CASE), "test") | {"note": "Durand"},
    ):
        with pytest.raises(AssertionError):
            world.order("civil", "erase", content)


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
    place = topics.evidence("civil"), 0
    order(world, naming(world, CASE))

    world.topics[place].append(
        world.topics[place][0].__class__(*place, 99, leaf.encode(), canonical(fake), (), 0)
    )

    assert code in [one.code for one in said(world) if one.alarm]
