"""Erasing what was written to break it: a router that stops at an order stops a realm for good."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.encoding import canonical, digest, unb64u
from contracts.keys.jose import sign_jws
from contracts.log.erasing.erasure import names
from contracts.log.orders.rulings import erasure, ruling
from contracts.vocabulary import topics
from services.operate.to_erase import in_orders
from tests.contracts.log.erasing.kit import (
    ALERT,
    alarms,
    compacted,
    naming,
    order,
    read_before,
    two_children,
)
from tests.flows.acts import CASE, OTHER, draft, same_state
from tests.world import World, realm_keys


def send_malformed(world: World, to: Any, case: str = CASE) -> None:
    """A school signs a cover of a case, the first, with other addressees than any cover has."""
    world.publish_raw("edu-s", draft("edu-s", "IP", ALERT, case=case))
    rows = world.topics[topics.outbox("civil", "education"), 0]
    record = rows.pop()
    value = orjson.loads(record.value or b"")
    head, claims, _ = value["data"]["cover"].split(".")
    forged = orjson.loads(unb64u(claims)) | {"to": to}
    typ = orjson.loads(unb64u(head))["typ"]
    token = sign_jws(forged, typ, realm_keys("civil").signers["edu-s"])
    value["data"]["cover"] = token
    rows.append(replace(record, key=digest(token).encode(), value=canonical(value)))
    world.settle()


@pytest.mark.parametrize("to", [[{}], 5, [{"desk": {}}], [{"desk": "crip"}]])
def test_a_malformed_cover_that_names_a_case_is_erased_with_it(to: Any) -> None:
    """It reached nobody: its addressees, whatever they are, are not looked at."""
    world = two_children()
    send_malformed(world, to)
    own = naming(world, CASE)

    answer = order(world, own)
    compacted(world)

    assert len(own) == 3
    assert {row["answer"] for row in answer["answers"]} == {"erased"}
    assert naming(world, CASE) == ()
    same_state(world)


def test_more_put_aside_about_a_case_than_an_order_may_name_keeps_it_from_nothing() -> None:
    """It goes first, by orders of its own; the last one finds the case alone."""
    world = two_children()
    for _ in range(5):
        send_malformed(world, [{}])
    evidence = world.evidence("civil", 0)
    orders = in_orders({place: evidence[place[1]] for place in naming(world, CASE)}, most=3)

    answers = [row["answer"] for part in orders for row in order(world, part)["answers"]]

    assert [len(part) for part in orders] == [3, 1, 3]
    assert answers == ["erased"] * 7
    assert naming(world, CASE) == ()
    same_state(world)
    for _ in range(2):  # by the stubs, then as who read the evidence before they came
        assert alarms(world) == []
        read_before(world)


@pytest.mark.parametrize("alone", [True, False])
def test_a_cover_put_aside_has_no_case_erased_with_it(alone: bool) -> None:
    """Whoever knows two tokens could tie two children together, or one to a quarantined record."""
    world = two_children()
    other = naming(world, OTHER)
    send_malformed(world, [CASE], case=OTHER)
    aside = tuple(one for one in naming(world, OTHER) if one not in other)

    answer = order(world, aside if alone else naming(world, CASE))
    compacted(world)

    assert {row["answer"] for row in answer["answers"]} == {"erased"}
    assert naming(world, OTHER) == other
    assert alarms(world) == []
    same_state(world)


def test_two_erasures_in_one_batch_come_to_what_they_do_in_two() -> None:
    """The second finds the stubs of the first: no token returns, the log can be read."""
    world = two_children()
    own = naming(world, CASE)
    for decisions in (own, own[-1:]):
        world.order("civil", "erase", erasure(decisions, "test"))

    world.settle()
    compacted(world)

    told = [orjson.loads(value) for value in world.evidence("civil", 0).values()]
    answers = [[row["answer"] for row in each["answers"]] for each in told if "answers" in each]
    assert answers[-1] == ["already_erased"]
    assert not naming(world, CASE)
    assert alarms(world) == []
    same_state(world)


@pytest.mark.parametrize("due", [True, False])
def test_what_moves_in_the_same_batch_comes_first(due: bool) -> None:
    """A duty falls due, a release is still to be settled: what it writes no order names yet."""
    world = two_children()
    send_malformed(world, [{}])
    own = naming(world, CASE)
    if due:
        world.clock.advance(365 * 86_400)
    else:
        world.order("civil", "release", ruling(own[-1:]))

    answer = order(world, own)

    assert {row["answer"] for row in answer["answers"]} == {"incomplete"}
    assert set(naming(world, CASE)) >= set(own)


@pytest.mark.parametrize(
    "junk",
    [b"", b"[]", b"\xff", b'{"cover":1}', b'{"cover":"a"}', b'{"cover":"a.!"}',
    b'{"cover":"a.W10"}'],
)  # fmt: skip
def test_a_value_of_any_form_names_no_case_and_stops_nobody(junk: bytes) -> None:
    """Whoever has Kafka writes what they like beside the log."""
    assert not names(junk, {CASE})
