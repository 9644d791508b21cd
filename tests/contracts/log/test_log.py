"""The log: what a router rebuilds of it, what silence leaves in it, what stops a start."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.decision.state.effects import evolve
from contracts.decision.state.state import DueEntry, State
from contracts.decision.state.view import View
from contracts.encoding import canonical
from contracts.errors import LogError
from contracts.log.chain import SIGNATURE_HEADER, Chain, Headers
from contracts.log.entry import NOTICE, Message, Site
from contracts.vocabulary import topics
from tests.contracts.decision.state.tables import whole
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused
from tests.contracts.log.routed import Bus

WEEK = 7 * kit.DAY


def played() -> Bus:
    """Thirty events of ten cases, garbage among them, and four months of silence after."""
    bus = Bus()
    events = [bus.inbound(seed=f"event {at}", case=f"case {at % 10}") for at in range(30)]
    garbage = [replace(events[0], offset=900 + at, value=b"{" * at) for at in range(3)]
    bus.route(*events, *garbage)
    bus.route(*events[:2])
    bus.tick(kit.NOW + 16 * WEEK)
    return bus


def test_a_rebuilt_state_is_the_same_wherever_it_was_merged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """How many records are folded at once is a matter of memory, and of nothing else."""
    bus = played()

    for every in (1, 7, 10**6):
        monkeypatch.setattr("contracts.log.rebuild.MERGE_EVERY", every)
        bus.check_state()
        for number, router in bus.routers.items():
            assert spoken_of(bus.rebuilt(number)) == spoken_of(router.state)


def test_no_router_starts_behind_an_order_that_control_does_not_hold() -> None:
    """Its number would be taken: the owners' order, of a stolen key perhaps, never followed."""
    bus = Bus()
    bus.tick(kit.NOW)
    last = (orders := bus.registry.orders).pop()

    with pytest.raises(LogError, match="order_unknown"):
        bus.rebuilt(0)
    orders.append(replace(last, digest="A" * 43))
    with pytest.raises(LogError, match="order_unknown"):
        bus.rebuilt(0)
    orders[-1] = replace(last, target="A" * 43)  # what its record puts in force is another
    with pytest.raises(LogError, match="order_unknown"):
        bus.rebuilt(0)
    orders[-1] = replace(last, start=kit.NOW + 1)  # recorded before its hour
    with pytest.raises(LogError, match="order_unknown"):
        bus.rebuilt(0)
    orders[-1] = last
    bus.check_state()


def spoken_of(state: State) -> list[DueEntry]:
    """What the log must still speak of, in order."""
    found, copy = [], deepcopy(state)
    while (entry := View(copy).next_due()) is not None:
        found.append(entry)
        copy.due.take()
    return found


def test_overdue_duties_are_recorded_before_anything_later() -> None:
    """Ten cases' acknowledgements and feedback fall due once each, in order of their instants."""
    bus = played()

    for number in range(topics.PARTITIONS):
        records = [orjson.loads(row.value) for row in bus.log(number)]
        instants = [record["at"] for record in records]
        assert instants == sorted(instants)
    kinds = [orjson.loads(row.value)["kind"] for n in range(6) for row in bus.log(n)]
    assert kinds.count("overdue") == 60  # 30 events, an acknowledgement and a feedback each


def test_a_partition_without_orders_decides_nothing() -> None:
    """A router decides nothing before an adoption."""
    bus = Bus()
    bus.registry.orders.clear()
    record = bus.inbound()

    with refused("nothing_adopted"):
        bus.routers[record.partition].batch([record], bus.registry, kit.NOW, lambda: bytes(16))

    assert whole(bus.routers[record.partition].state) == whole(State())


def test_what_events_say_alike_is_held_once() -> None:
    """Desks, clauses and scopes come from short lists: a thousand events add none of their own."""
    view = View(State())

    for number in range(2):
        effect = {
            "k": "event", "sub": f"case {number}", "jti": f"event {number}", "iss": "crip",
            "etype": "IP", "iat": 1, "desks": {"edu-s": {"grant": "R01", "scopes": ["FACTS"]}},
        }  # fmt: skip
        evolve(view, [orjson.loads(orjson.dumps(effect))], "leaf")  # as a log is read

    first, second = (view.case(f"case {at}").events[f"event {at}"] for at in range(2))
    assert first.iss is second.iss
    assert first.etype is second.etype
    assert next(iter(first.desks)) is next(iter(second.desks))
    assert next(iter(first.desks.values())) is next(iter(second.desks.values()))


def test_the_last_record_is_known_by_its_leaf_and_its_signature() -> None:
    """Neither the one before, nor other bytes under it, nor a signature of any other form."""
    bus = played()
    number = bus.longest
    before, last = bus.log(number)[-2:]
    state = bus.routers[number].state

    def known(value: bytes | None, headers: Headers = last.headers, realm: str = "civil") -> bool:
        return Chain(Site(realm, number), bus.registry, state).ends_with(value, headers)

    assert known(last.value)
    assert not known(before.value)
    assert not known(last.value + b" ")
    assert not known(None)
    assert not known(last.value, realm="criminal")
    assert not known(last.value, [])
    for sig in (None, b"", b"[]", b"1", b"{}", b"\xff", b'{"kid":[],"sig":"AA"}', b'{"sig":"*"}'):
        # It ends nobody who reads it: who has only Kafka can write any.
        assert not known(last.value, [(SIGNATURE_HEADER, sig)])


TEXT = st.text(max_size=12) | st.sampled_from(['"dird":', '\\"dird":', '{"dird":"x"}', "dird"])


@given(place=TEXT, kind=TEXT, more=st.dictionaries(st.sampled_from(["aud", "sub", "code"]), TEXT))
def test_the_text_is_that_of_the_payload_with_dec(
    place: str, kind: str, more: dict[str, str]
) -> None:
    """Whatever its strings hold: what a partner wrote may stand in `place`."""
    payload: dict[str, Any] = {"convd": "c", "dird": "d", "kind": kind, "place": place} | more
    message = Message("desk", "agency", NOTICE, payload, canonical(payload))

    assert message.with_decision("L" * 43) == canonical(payload | {"dec": "L" * 43})
