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
from contracts.keys.keyring import sign_directory
from contracts.vocabulary import topics
from tests.contracts.decision.asking import CONVENTION
from tests.contracts.envelope import kit
from tests.contracts.log.routed import LATER, Bus, aside, said, to


def test_an_event_at_which_routing_broke_is_routed_once_released() -> None:
    """Recorded as released, then decided like any other; told, and opened at its reader."""
    bus, event, leaf = aside()

    bus.release(leaf)

    assert bus.kinds(event.partition) == ["quarantined", "released", "decided"]
    _, ruled, decided = bus.entries(event.partition)
    assert ruled["answers"] == [{"decision": leaf, "answer": "released"}]
    assert (ruled["reason"], decided["released"]) == ("fault_mended", leaf)
    assert decided["src"]["topic"] == topics.quarantine("civil")
    assert [one["kind"] for one in bus.notices("edu-s")] == ["decided"]
    (delivery,) = bus.inbox("crip")
    opened = open_delivery(delivery.value, tuple(delivery.headers), kit.recipient_context("crip"))
    assert sorted(opened.bodies) == ["FACTS", "IDENTITY"]
    bus.check(LATER + 1)


def test_expiry_is_judged_by_the_first_arrival() -> None:
    """Three weeks later: the router takes it, and its recipient too, months after."""
    bus, _, leaf = aside()

    bus.release(leaf, now=kit.NOW + 21 * kit.DAY)

    (receipt,) = bus.deliveries("crip")
    assert receipt["arrived"] == kit.NOW + 1
    (delivery,) = (row for row in bus.inbox("crip") if b'"receipt"' in row.value)
    open_delivery(delivery.value, tuple(delivery.headers), kit.recipient_context("crip"))
    bus.check(kit.NOW + 21 * kit.DAY + 1)


def test_what_is_still_bad_may_be_released_again_by_its_new_decision() -> None:
    """Its expiry still counts from its first arrival, and its bytes are those that came."""
    bus = Bus()
    event = bus.good(convd=digest("no convention yet"))
    bus.route(event)
    (first,) = bus.routers[event.partition].state.kept

    bus.release(first)
    (second,) = bus.routers[event.partition].state.kept
    bus.release(second, now=LATER + 20 * kit.DAY)

    told = [(one["kind"], one.get("code")) for one in bus.entries(event.partition)]
    assert told == [
        ("quarantined", "unknown_convention"), ("released", None),
        ("quarantined", "unknown_convention"), ("released", None),
        ("quarantined", "unknown_convention"),
    ]  # fmt: skip
    kept = bus.written[topics.quarantine("civil"), event.partition]
    assert {row.value for row in kept} == {event.value}
    (now,) = bus.routers[event.partition].state.kept.values()
    assert now.first == kit.NOW + 1
    bus.check(LATER + 20 * kit.DAY + 1)


@pytest.mark.parametrize("known", [True, False])
def test_a_release_is_judged_by_the_present_directory(known: bool) -> None:
    """A key that was revoked since has signed nothing; one that was lacking then is known now."""
    bus, here = Bus(), kit.realm()
    signer = here.signers["edu-s"] if known else kit.signer(here.urn("edu-s"), "edu-s-s2")
    issued = said("edu-s", "IP", to("crip", "assess", "FACTS"), seed="1")
    event = kit.reissue(issued, id, by=signer).inbound(offset=1)
    if known:
        bus.put_aside(event)
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

    bus.release(leaf)

    again = bus.entries(event.partition)[-1]
    assert (again["kind"], again.get("code"), again.get("was")) == (
        ("quarantined", "key_not_valid", "internal_error") if known else ("decided", None, None)
    )
    assert len(bus.deliveries("crip")) == (not known)
    assert bus.alarms(LATER + 1) == []


def test_a_stay_in_quarantine_ends_once() -> None:
    """Whatever is ordered on it afterwards is answered on record, and changes nothing."""
    bus = Bus()
    events = bus.good(1), bus.good(2)
    first, second = bus.put_aside(*events)
    bus.release(first)
    bus.rule("discard", second, start=LATER + 2)
    bus.settle(LATER + 2)

    for at, kind in enumerate(("release", "discard") * 2):
        bus.rule(kind, first, second, partition=events[0].partition, start=LATER + 3 + at)  # type: ignore[arg-type]
        bus.settle(LATER + 3 + at)

    ruled = [one for one in bus.entries(events[0].partition) if "answers" in one]
    assert [row["answer"] for one in ruled[2:] for row in one["answers"]] == [
        "already_released", "already_discarded",
    ] * 4  # fmt: skip
    assert len(bus.deliveries("crip")) == 1
    assert [one["kind"] for one in bus.notices("edu-s")] == ["decided"]
    bus.check(LATER + 9)


def test_an_order_on_what_is_waiting_already_changes_nothing() -> None:
    """Two orders before routing got to it: released once, discarded never."""
    bus, event, leaf = aside()
    for kind in ("release", "discard", "release"):
        bus.rule(kind, leaf)

    bus.settle(LATER)

    ruled = [one["answers"][0]["answer"] for one in bus.entries(event.partition)[1:4]]
    assert ruled == ["released", "already_released", "already_released"]
    assert len(bus.deliveries("crip")) == 1
    assert bus.alarms(LATER + 1) == []


@pytest.mark.parametrize(
    ("now", "ends"), [(LATER, "duplicate"), (kit.NOW + 9 * kit.DAY, "discarded")]
)
def test_an_event_that_was_sent_again_meanwhile_is_delivered_once(now: int, ends: str) -> None:
    """It was decided then; after its expiry nobody remembers its cover any more, the case does."""
    bus, event, leaf = aside()
    bus.route(replace(event, offset=9), now=kit.NOW + 5)

    bus.release(leaf, now=now)

    assert [kind for kind in bus.kinds(event.partition) if kind != "overdue"] == [
        "quarantined", "decided", "released", ends,
    ]  # fmt: skip
    assert bus.entries(event.partition)[-1].get("reason", "already_decided") == ("already_decided")
    assert len(bus.deliveries("crip")) == 1
    bus.check(now + 1)


@pytest.mark.parametrize(("after", "found"), [(-1, ["bytes_gone"]), (0, [])])
def test_bytes_that_are_gone_are_recorded_and_alarm_if_it_was_too_early(
    after: int, found: list[str]
) -> None:
    """Their retention ends one day; before it, somebody took them."""
    bus, event, leaf = aside()
    bus.written[topics.quarantine("civil"), event.partition].clear()
    at = kit.NOW + quarantine_days(CONVENTION, "civil") * kit.DAY + after

    bus.release(leaf, now=at)

    gone = [one for one in bus.entries(event.partition) if one.get("released") == leaf]
    assert [(one["kind"], one["reason"]) for one in gone] == [("discarded", "bytes_gone")]
    assert bus.alarms(at + 1) == found
    bus.check_state()


@pytest.mark.parametrize(
    "change",
    [
        lambda row: replace(row, value=row.value + b" "),
        lambda row: replace(row, headers=[]),
        lambda row: replace(row, headers=[("source", b"{}"), ("fields", b"")]),
        lambda row: replace(row, headers=row.headers[:2]),
        lambda row: replace(
            row, headers=[("source", b'{"topic":1,"offset":"2"}'), ("fields", b"")]
        ),
    ],
)
def test_bytes_that_are_not_those_that_came_are_not_routed(change: Any) -> None:
    """Who has only Kafka put others in their place: recorded, and an alarm."""
    bus, event, leaf = aside()
    rows = bus.written[topics.quarantine("civil"), event.partition]
    rows[:] = [change(rows[0])]

    bus.release(leaf)

    ended = bus.entries(event.partition)[-1]
    assert (ended["kind"], ended["reason"]) == ("discarded", "bytes_altered")
    assert bus.deliveries("crip") == []
    assert bus.alarms(LATER + 1) == ["bytes_altered"]


@pytest.mark.parametrize("dies", [False, True])
def test_a_release_whose_batch_is_lost_happens_once(dies: bool) -> None:
    """Its transaction is aborted twice, or its router starts again from the log."""
    bus, event, leaf = aside()
    bus.rule("release", leaf)
    bus.tick(LATER)
    router = bus.routers[event.partition]
    found = {leaf: bus.quarantined(leaf)}

    for _ in range(2):
        router.batch((), bus.registry, LATER, lambda: bus.salt(16), found).view.drop()
    if dies:
        router.state = bus.rebuilt(event.partition)
    bus.tick(LATER)
    bus.tick(LATER + 1)

    assert bus.kinds(event.partition) == ["quarantined", "released", "decided"]
    assert len(bus.deliveries("crip")) == 1
    bus.check(LATER + 1)


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
    (leaf,) = bus.put_aside(event)
    if between:
        bus.route(kit.inbound(second, offset=2))

    bus.release(leaf)
    bus.route(kit.inbound(third if between else second, offset=3), now=LATER + 2)

    decided = [one for one in bus.entries(event.partition) if one["kind"] == "decided"]
    assert [one["decision"]["chain"] for one in decided] == chain
    bus.check_state()


def test_at_most_sixteen_are_taken_back_at_once_and_none_is_left() -> None:
    """Two orders of sixteen: the next batches take what is left, in order."""
    bus = Bus()
    events = [bus.good(number) for number in range(32)]
    leaves = bus.put_aside(*events)
    bus.rule("release", *leaves[:16])
    bus.rule("release", *leaves[16:])
    bus.tick(LATER)
    router = bus.routers[events[0].partition]

    asked = []
    while router.wanted:
        asked.append(list(router.wanted))
        bus.tick(LATER + len(asked))

    assert asked == [leaves[:16], leaves[16:]]
    assert len(bus.deliveries("crip")) == 32
    bus.check(LATER + 3)


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
            bus.rule(kind, *named, start=now, partition=where)  # type: ignore[arg-type]
            bus.tick(now)
            continue
        case, ahead = f"case {step % 3}", 900 if act == "ahead" else 0
        event = bus.good(step, at=now + ahead, case=case)
        if act == "garbage":
            event = replace(event, value=b"garbage")
        if act == "fault":
            bus.put_aside(event, now=now)
        else:
            bus.route(event, now=now)
        leaves += [leaf for router in bus.routers.values() for leaf in router.state.kept]
        leaves = list(dict.fromkeys(leaves))
    for at in range(6):
        bus.tick(now + at)

    slips = [one["slip"] for one in bus.deliveries("crip")]
    assert len(slips) == len(set(slips))
    assert not any(router.state.tail.waiting for router in bus.routers.values())
    bus.check(now + 5)
