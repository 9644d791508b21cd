"""A router that lies, with its own key: its log does not pass, and does not stop the auditor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.decision.state.view import View
from contracts.encoding import b64u, digest
from contracts.envelope import verify
from contracts.envelope.wire import Inbound
from contracts.log.orders.registry import Registry
from contracts.log.replaying.difference import ABSENT, NOT_TOLD, first_difference
from contracts.log.routing import quarantine, settle
from contracts.log.routing.context import OrdersRead
from contracts.log.routing.partition_router import PartitionRouter
from contracts.vocabulary import topics
from contracts.vocabulary.schema import Ref, desk_urn
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused
from tests.contracts.envelope.test_router_parts import SMALL, ephemeral, headed, with_part
from tests.contracts.log.routed import ALERT, CONVD, LATER, Bus, aside, rebuild, said, to


def test_a_router_that_decides_an_event_twice_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two deliveries of one event are no duplicate and no honest log."""
    bus = Bus()
    bus.route(kit.inbound(ALERT, offset=1))
    with monkeypatch.context() as lying:
        lying.setattr(settle, "reused", lambda *_: False)
        lying.setattr(View, "seen", lambda *_: None)
        bus.route(kit.inbound(ALERT, offset=2))
    assert len(bus.deliveries("crip")) == 2

    assert bus.alarms(kit.NOW + 1) == ["decided_twice"]


@pytest.mark.parametrize(
    ("whose", "name", "answer", "event", "code"),
    [
        (Registry, "accepts", True, kit.wire(kit.sample_issue(convd=digest("no convention"))),
         "unknown_convention"),
        (verify, "ephemeral", b"", with_part(headed(ephemeral(b64u(SMALL))), convd=CONVD),
         "wrong_epk"),
        (settle, "reused", True, kit.wire(ALERT), "decision_differs"),
    ],
    ids=["a convention of nobody's", "a part that anybody opens", "another under its id"],
)  # fmt: skip
def test_a_router_that_looks_away_is_seen(
    whose: object, name: str, answer: object, event: kit.Wire, code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What it takes, and why it puts an event aside, is looked at again."""
    bus = Bus()
    with monkeypatch.context() as lying:
        lying.setattr(whose, name, lambda *_: answer)
        bus.route(event.inbound(offset=1))

    assert bus.alarms(kit.NOW + 1) == [code]


def test_a_router_that_hides_a_missed_deadline_and_goes_on_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What fell due comes first, whatever else is routed by then."""
    bus = Bus()
    bus.route(kit.inbound(ALERT, offset=1))
    late = kit.NOW + 400 * kit.DAY
    with monkeypatch.context() as lying:
        lying.setattr(View, "next_due", lambda *_: None)
        bus.order("layout", {"shards": 1, "partitions": topics.PARTITIONS}, late)
        bus.tick(late)

    assert set(bus.alarms(late)) == {"due_unreported"}  # there, and at the end


def test_a_router_that_decides_a_case_in_another_partition_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There nobody knows what was sent: it refuses an answer in time, and tells of a missed one."""
    bus, (alert, answer) = Bus(), alert_and_answer()
    bus.route(alert)
    other = (alert.partition + 1) % topics.PARTITIONS
    with monkeypatch.context() as lying:
        lying.setattr(verify, "partition_of", lambda *_: other)
        bus.route(replace(answer, partition=other))
    (said,) = bus.entries(other)
    assert said["decision"]["refused"]

    (found,) = bus.replay(kit.NOW + 1)

    assert (found.code, found.partition, found.alarm) == ("case_in_two_partitions", other, True)


def test_a_router_that_records_an_order_late_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """It decided behind the order's instant by what held before: the owners know since when."""
    bus, (alert, answer) = Bus(), alert_and_answer()
    bus.order("layout", {"shards": 1, "partitions": topics.PARTITIONS}, kit.NOW)
    bus.route(alert)
    assert bus.replay(kit.NOW + 1) == []

    bus.order("layout", {"shards": 2, "partitions": topics.PARTITIONS}, kit.NOW + 5)
    with monkeypatch.context() as lying:
        lying.setattr(OrdersRead, "next", lambda *_: None)
        bus.route(answer, now=kit.NOW + 200)
    bus.tick(kit.NOW + 201)

    (found,) = bus.replay(kit.NOW + 201)
    assert (found.code, found.detail, found.alarm) == ("order_late", "order 5, 195 s", False)


def alert_and_answer() -> tuple[Inbound, Inbound]:
    """An alert, and what acknowledges it."""
    refs = (Ref(iss=desk_urn("civil", "edu-s"), jti=ALERT.claims.jti),)
    answer = said("crip", "ACK", to("edu-s", "acknowledge", re=refs), seed="3", stage="received")
    return kit.inbound(ALERT, offset=1), kit.inbound(answer, offset=1)


def half_released(ruled: int = 1) -> tuple[Bus, PartitionRouter, list[str]]:
    """Two events put aside, of which an order has released so many; their router, their leaves."""
    bus = Bus()
    events = bus.good(1), bus.good(2)
    leaves = bus.put_aside(*events)
    bus.rule("release", *leaves[:ruled])
    bus.tick(LATER)
    return bus, bus.routers[events[0].partition], leaves


@pytest.mark.parametrize("ruled", [1, 2])
def test_a_router_that_routes_what_nobody_released_or_not_the_next_is_seen(ruled: int) -> None:
    """Its own key, its own quarantine: but no order, or out of turn."""
    bus, router, leaves = half_released(ruled)
    router.state.tail.waiting = (leaves[1], *leaves[: ruled - 1])

    bus.tick(LATER + 1)

    assert bus.alarms(LATER + 1) == ["release_invented"]


def test_a_router_that_never_routes_what_was_released_is_seen() -> None:
    """Silence is an alarm once a router should have been through."""
    bus, router, _ = half_released()
    router.state.tail.waiting = ()

    bus.route(bus.good(3), now=LATER + 60)

    assert bus.alarms(LATER - 1) == []
    assert bus.alarms(LATER + 60) == ["release_unsettled"]


def test_a_router_that_delivers_after_the_expiry_at_first_arrival_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It had expired when it came; the auditor knows when that was."""
    bus, _event, leaf = aside(kit.NOW + 8 * kit.DAY)
    with monkeypatch.context() as lying:
        lying.setattr("contracts.envelope.verify.check_times", lambda *_: None)
        bus.release(leaf, now=kit.NOW + 9 * kit.DAY)
    assert len(bus.deliveries("crip")) == 1

    assert bus.alarms(kit.NOW + 9 * kit.DAY + 1) == ["expired"]


def test_a_router_that_puts_other_bytes_in_their_place_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another event under the decision that was released."""
    bus, router, leaves = half_released()
    other = bus.quarantined(leaves[1])
    assert other is not None
    with monkeypatch.context() as lying:
        lying.setattr(Bus, "quarantined", lambda *_: other)
        lying.setattr(quarantine, "is_of", lambda *_: True)
        kept = router.state.kept
        kept[leaves[0]] = kept[leaves[1]]
        bus.tick(LATER + 1)

    assert bus.alarms(LATER + 1) == ["bytes_altered"]


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
    bus, router, _ = half_released()
    token = kit.sample_issue().cover
    drop = settle.dropped

    def pretext(context: Any, leaf: str, _reason: str, _token: str = "") -> Any:
        return drop(context, leaf, reason, token if reason == "already_decided" else "")

    with monkeypatch.context() as lying:
        lying.setattr(settle, "dropped", pretext)
        lying.setattr(Bus, "quarantined", lambda *_: None)
        bus.tick(LATER + 1)
    assert bus.kinds(router.site.partition)[-1] == "discarded"

    assert bus.alarms(LATER + 1) == [found]


@pytest.mark.parametrize("lost", ["cases", "chain", "seq"])
def test_a_router_that_lost_a_part_of_its_state_is_seen_by_what_it_decides(lost: str) -> None:
    """A case, a chain of covers, a number: it decides from less than its log says."""
    bus = Bus()
    bus.route(kit.inbound(ALERT, offset=1))
    for router in bus.routers.values():
        getattr(router.state, lost).clear()

    again = said("edu-s", "IP", to("crip", "assess", "FACTS"), seed="2", prev=ALERT.digest)
    refs = (Ref(iss=desk_urn("civil", "edu-s"), jti=ALERT.claims.jti),)
    answer = said("crip", "ACK", to("edu-s", "acknowledge", re=refs), seed="3", stage="received")
    bus.route(kit.inbound(again, offset=2), kit.inbound(answer, offset=3))

    assert "decision_differs" in bus.alarms(kit.NOW + 1)


def test_a_revoked_router_key_signs_no_later_record() -> None:
    """Who stole the old key, and holds Kafka, cannot go on writing after its revocation."""
    bus = Bus()
    bus.route(bus.inbound())
    number = next(one for one in range(topics.PARTITIONS) if bus.log(one))
    directory = bus.registry.directories[kit.realm().directory.digest]
    router = kit.realm().router.kid
    ended = replace(directory.signing[router], not_after=kit.NOW)
    revoked = replace(directory, signing={**directory.signing, router: ended})
    bus.registry.directories.brought[directory.digest] = revoked

    with refused("signature_wrong"):
        bus.rebuilt(number)


def test_a_signature_twice_is_none() -> None:
    """Who verifies a record is given no work without end."""
    bus = Bus()
    bus.route(bus.inbound())
    number = next(one for one in range(topics.PARTITIONS) if bus.log(one))
    records = [(row.value, (*row.headers, *row.headers)) for row in bus.log(number)]

    with refused("signature_wrong"):
        rebuild("civil", number, records, bus.evidence(number), bus.registry)


TOKEN = "Zm9yIHRoZSBjYXNlIG9mIGEgY2hpbGQgd2hvc2UgbmFtZQ"


@pytest.mark.parametrize(
    ("recorded", "follows", "told"),
    [
        ({"a": 1, "b": {"clause": "R02"}}, {"a": 1, "b": {"clause": "R01"}},
         ("b.clause", "R02", "R01")),
        ({"desks": [{"desk": "pol"}]}, {"desks": [{"desk": "pol"}, {"desk": "crip"}]},
         ("desks.1", ABSENT, NOT_TOLD)),
        ({"refused": True}, {"refused": 1}, ("refused", "true", "1")),
        ({"sub": TOKEN}, {"sub": "other"}, ("sub", NOT_TOLD, NOT_TOLD)),
        ({"effects": [{"sub": TOKEN, "k": "event"}]}, {"effects": []},
         ("effects.0", NOT_TOLD, ABSENT)),
        ({"clause": "Léa Martin"}, {"clause": "R01"}, ("clause", NOT_TOLD, "R01")),
        ({"Léa Martin": 1}, {}, (NOT_TOLD, "1", ABSENT)),
        ({"clause": ["R01"]}, {"clause": "R01"}, ("clause", NOT_TOLD, "R01")),
        ({"outs": ["A" * 43] * 9}, {"outs": "B"}, ("outs", NOT_TOLD, "B")),
        ([], 7, ("", NOT_TOLD, "7")),
    ],
)  # fmt: skip
def test_the_first_member_that_differs_is_told(
    recorded: Any, follows: Any, told: tuple[str, str, str]
) -> None:
    """In the order of canonical JSON, in few words, and no token or name."""
    assert first_difference(recorded, follows) == told


def test_a_value_of_any_depth_is_passed_by() -> None:
    """Who holds the router's key writes what he likes."""
    deep: Any = "R01"
    for _ in range(900):
        deep = {"clause": deep}

    told = first_difference({"clause": deep, "z": 0}, {"clause": {"clause": 1}, "z": 0})

    assert told == ("clause.clause", NOT_TOLD, "1")
