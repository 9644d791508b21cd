"""What was put aside is released or discarded by order: once, by the present rules, on record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.convention.retention import quarantine_days
from contracts.encoding import digest
from contracts.envelope.issue import Issued
from contracts.envelope.receive import open_delivery
from contracts.envelope.wire import Inbound
from contracts.keys.keyring import sign_directory
from contracts.vocabulary import topics
from tests.contracts.decision.asking import CONVENTION
from tests.contracts.envelope import kit
from tests.contracts.log.routed import Bus
from tests.contracts.log.ruling import (
    LATER,
    after_orders,
    good,
    kinds,
    put_aside,
    released,
    rule,
    settle,
)
from tests.contracts.log.saying import (
    alarms,
    deliveries,
    notices,
    said,
    same_state,
    sound,
    to,
)


def aside() -> tuple[Bus, Inbound, str]:
    """A bus on which a good event was put aside, and the leaf under which it is kept."""
    bus = Bus()
    event = good(bus)
    (leaf,) = put_aside(bus, event)
    return bus, event, leaf


def test_an_event_at_which_routing_broke_is_routed_once_released() -> None:
    """Recorded as released, then decided like any other; told, and opened at its reader."""
    bus, event, leaf = aside()

    released(bus, leaf)

    assert kinds(bus, event.partition) == ["quarantined", "released", "decided"]
    _, ruled, decided = after_orders(bus, event.partition)
    assert ruled["answers"] == [{"decision": leaf, "answer": "released"}]
    assert (ruled["reason"], decided["released"]) == ("fault_mended", leaf)
    assert decided["src"]["topic"] == topics.quarantine("civil")
    assert [one["kind"] for one in notices(bus, "edu-s")] == ["decided"]
    (delivery,) = bus.inbox("crip")
    opened = open_delivery(delivery.value, tuple(delivery.headers), kit.recipient_context("crip"))
    assert sorted(opened.bodies) == ["FACTS", "IDENTITY"]
    sound(bus, LATER + 1)


def test_expiry_is_judged_by_the_first_arrival() -> None:
    """Three weeks later: the router takes it, and its recipient too, months after."""
    bus, _, leaf = aside()

    released(bus, leaf, now=kit.NOW + 21 * kit.DAY)

    (receipt,) = deliveries(bus, "crip")
    assert receipt["arrived"] == kit.NOW + 1
    (delivery,) = (row for row in bus.inbox("crip") if b'"receipt"' in row.value)
    open_delivery(delivery.value, tuple(delivery.headers), kit.recipient_context("crip"))
    sound(bus, kit.NOW + 21 * kit.DAY + 1)


def test_what_is_still_bad_may_be_released_again_by_its_new_decision() -> None:
    """Its expiry still counts from its first arrival, and its bytes are those that came."""
    bus = Bus()
    event = good(bus, convd=digest("no convention yet"))
    bus.route(event)
    (first,) = bus.routers[event.partition].state.kept

    released(bus, first)
    (second,) = bus.routers[event.partition].state.kept
    released(bus, second, now=LATER + 20 * kit.DAY)

    told = [(one["kind"], one.get("code")) for one in after_orders(bus, event.partition)]
    assert told == [
        ("quarantined", "unknown_convention"), ("released", None),
        ("quarantined", "unknown_convention"), ("released", None),
        ("quarantined", "unknown_convention"),
    ]  # fmt: skip
    kept = bus.written[topics.quarantine("civil"), event.partition]
    assert {row.value for row in kept} == {event.value}
    (now,) = bus.routers[event.partition].state.kept.values()
    assert now.first == kit.NOW + 1
    sound(bus, LATER + 20 * kit.DAY + 1)


@pytest.mark.parametrize("known", [True, False])
def test_a_release_is_judged_by_the_present_directory(known: bool) -> None:
    """A key that was revoked since has signed nothing; one that was lacking then is known now."""
    bus, here = Bus(), kit.realm()
    signer = here.signers["edu-s"] if known else kit.signer(here.urn("edu-s"), "edu-s-s2")
    issued = said("edu-s", "IP", to("crip", "assess", "FACTS"), seed="1")
    event = kit.reissue(issued, id, by=signer).inbound(offset=1)
    if known:
        put_aside(bus, event)
    else:
        bus.route(event)
    (leaf,) = bus.routers[event.partition].state.kept
    rows = [kit.signing_row(signer) | ({"revoked": kit.NOW - 1} if known else {})]
    rows += [] if known else [kit.signing_row(here.signers["edu-s"])]
    payload = here.payload | {"version": 2}
    payload["desks"] = [
        row | ({"signing": rows} if row["desk"] == here.urn("edu-s") else {})
        for row in payload["desks"]
    ]
    content = {"directory": sign_directory(payload, here.keeper)}
    bus.order("adopt_directory", content, LATER - 1)

    released(bus, leaf)

    again = after_orders(bus, event.partition)[-1]
    assert (again["kind"], again.get("code"), again.get("was")) == (
        ("quarantined", "key_not_valid", "internal_error") if known else ("decided", None, None)
    )
    assert len(deliveries(bus, "crip")) == (not known)
    assert alarms(bus, LATER + 1) == []


def test_a_stay_in_quarantine_ends_once() -> None:
    """Whatever is ordered on it afterwards is answered on record, and changes nothing."""
    bus = Bus()
    events = good(bus, 1), good(bus, 2)
    first, second = put_aside(bus, *events)
    released(bus, first)
    rule(bus, "discard", second, start=LATER + 2)
    settle(bus, LATER + 2)

    for at, kind in enumerate(("release", "discard") * 2):
        rule(bus, kind, first, second, partition=events[0].partition, start=LATER + 3 + at)  # type: ignore[arg-type]
        settle(bus, LATER + 3 + at)

    ruled = [one for one in after_orders(bus, events[0].partition) if "answers" in one]
    assert [row["answer"] for one in ruled[2:] for row in one["answers"]] == [
        "already_released", "already_discarded",
    ] * 4  # fmt: skip
    assert len(deliveries(bus, "crip")) == 1
    assert [one["kind"] for one in notices(bus, "edu-s")] == ["decided"]
    sound(bus, LATER + 9)


@pytest.mark.parametrize(
    ("now", "ends"), [(LATER, "duplicate"), (kit.NOW + 9 * kit.DAY, "discarded")]
)
def test_an_event_that_was_sent_again_meanwhile_is_delivered_once(now: int, ends: str) -> None:
    """It was decided then; after its expiry nobody remembers its cover any more, the case does."""
    bus, event, leaf = aside()
    bus.route(replace(event, offset=9), now=kit.NOW + 5)

    released(bus, leaf, now=now)

    assert [kind for kind in kinds(bus, event.partition) if kind != "overdue"] == [
        "quarantined", "decided", "released", ends,
    ]  # fmt: skip
    assert after_orders(bus, event.partition)[-1].get("reason", "already_decided") == (
        "already_decided"
    )
    assert len(deliveries(bus, "crip")) == 1
    sound(bus, now + 1)


@pytest.mark.parametrize(("after", "found"), [(-1, ["bytes_gone"]), (0, [])])
def test_bytes_that_are_gone_are_recorded_and_alarm_if_it_was_too_early(
    after: int, found: list[str]
) -> None:
    """Their retention ends one day; before it, somebody took them."""
    bus, event, leaf = aside()
    bus.written[topics.quarantine("civil"), event.partition].clear()
    at = kit.NOW + quarantine_days(CONVENTION, "civil") * kit.DAY + after

    released(bus, leaf, now=at)

    gone = [one for one in after_orders(bus, event.partition) if one.get("released") == leaf]
    assert [(one["kind"], one["reason"]) for one in gone] == [("discarded", "bytes_gone")]
    assert alarms(bus, at + 1) == found
    same_state(bus)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: replace(row, value=row.value + b" "),
        lambda row: replace(row, headers=[]),
        lambda row: replace(row, headers=[("source", b"{}")]),
        lambda row: replace(row, headers=[*row.headers, ("fields", b"\x7f")]),
        lambda row: replace(row, headers=[*row.headers, ("source", b'{"topic":1,"offset":"2"}')]),
    ],
)
def test_bytes_that_are_not_those_that_came_are_not_routed(change: Any) -> None:
    """Who has only Kafka put others in their place: recorded, and an alarm."""
    bus, event, leaf = aside()
    rows = bus.written[topics.quarantine("civil"), event.partition]
    rows[:] = [change(rows[0])]

    released(bus, leaf)

    ended = after_orders(bus, event.partition)[-1]
    assert (ended["kind"], ended["reason"]) == ("discarded", "bytes_altered")
    assert deliveries(bus, "crip") == []
    assert alarms(bus, LATER + 1) == ["bytes_altered"]


@pytest.mark.parametrize("dies", [False, True])
def test_a_release_whose_batch_is_lost_happens_once(dies: bool) -> None:
    """Its transaction is aborted twice, or its router starts again from the log."""
    bus, event, leaf = aside()
    rule(bus, "release", leaf)
    bus.tick(LATER)
    router = bus.routers[event.partition]
    found = {leaf: bus.quarantined(leaf)}

    for _ in range(2):
        router.batch((), bus.registry, LATER, lambda: bus.salt(16), found).view.drop()
    if dies:
        router.state = bus.rebuilt(event.partition)
    bus.tick(LATER)
    bus.tick(LATER + 1)

    assert kinds(bus, event.partition) == ["quarantined", "released", "decided"]
    assert len(deliveries(bus, "crip")) == 1
    sound(bus, LATER + 1)


@pytest.mark.parametrize(
    ("between", "chain"), [(True, ["broken", "late", "ok"]), (False, ["ok", "ok"])]
)
def test_the_issuers_chain_goes_on_over_a_release(between: bool, chain: list[str]) -> None:
    """Covers follow it, whether one came in between or it is the next; no hole is seen then."""
    bus, covers = Bus(), list[Issued]()
    for seed in ("1", "2", "3"):
        prev = {"prev": covers[-1].digest} if covers else {}
        crip = to("crip", "assess", "FACTS")
        covers.append(said("edu-s", "IP", crip, seed=seed, **prev))
    first, second, third = covers
    event = kit.inbound(first, offset=1)
    if between:  # of which nothing was seen to be signed
        bus.route(replace(event, value=(event.value or b"")[:-1]))
    (leaf,) = put_aside(bus, event)
    if between:
        bus.route(kit.inbound(second, offset=2))

    released(bus, leaf)
    bus.route(kit.inbound(third if between else second, offset=3), now=LATER + 2)

    decided = [one for one in after_orders(bus, event.partition) if one["kind"] == "decided"]
    assert [one["decision"]["chain"] for one in decided] == chain
    same_state(bus)


def test_at_most_sixteen_are_taken_back_at_once_and_none_is_left() -> None:
    """Two orders of sixteen: the next batches take what is left, in order."""
    bus = Bus()
    events = [good(bus, number) for number in range(32)]
    leaves = put_aside(bus, *events)
    rule(bus, "release", *leaves[:16])
    rule(bus, "release", *leaves[16:])
    bus.tick(LATER)
    router = bus.routers[events[0].partition]

    asked = []
    while router.wanted:
        asked.append(list(router.wanted))
        bus.tick(LATER + len(asked))

    assert asked == [leaves[:16], leaves[16:]]
    assert len(deliveries(bus, "crip")) == 32
    sound(bus, LATER + 3)


@pytest.mark.slow
@settings(max_examples=25)
@given(st.data())
def test_whatever_is_put_aside_and_ordered_is_delivered_once_at_most(data: st.DataObject) -> None:
    """Events good, early and garbage; orders on anything; a clean audit, one state."""
    bus = Bus()
    now, leaves = kit.NOW, [digest("nothing")]
    for step in range(data.draw(st.integers(4, 14))):
        now += data.draw(st.sampled_from([0, 1, 600, kit.DAY, 8 * kit.DAY]))
        act = data.draw(st.sampled_from(["good", "fault", "ahead", "garbage", "order", "order"]))
        if act == "order":
            kind = data.draw(st.sampled_from(["release", "discard"]))
            named = data.draw(
                st.lists(st.sampled_from(leaves), min_size=1, max_size=5, unique=True)
            )
            where = data.draw(st.sampled_from([-1, -1, 0, 3]))
            rule(bus, kind, *named, start=now, partition=where)  # type: ignore[arg-type]
            bus.tick(now)
            continue
        case, ahead = f"case {step % 3}", 900 if act == "ahead" else 0
        event = good(bus, step, at=now + ahead, case=case)
        if act == "garbage":
            event = replace(event, value=b"garbage")
        if act == "fault":
            put_aside(bus, event, now=now)
        else:
            bus.route(event, now=now)
        leaves += [leaf for router in bus.routers.values() for leaf in router.state.kept]
        leaves = list(dict.fromkeys(leaves))
    for at in range(6):
        bus.tick(now + at)

    slips = [one["slip"] for one in deliveries(bus, "crip")]
    assert len(slips) == len(set(slips))
    assert not any(router.state.tail.waiting for router in bus.routers.values())
    sound(bus, now + 5)
