"""Whose outboxes a shard reads: of the agencies of the day, and of those that have left."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from contracts.keys import keyring
from contracts.log.orders.order import make_order
from contracts.vocabulary import topics
from services.platform.process.exit_codes import UnreachableError
from services.routing import inputs as reading
from services.routing.inputs import former, has_changed, inputs, open_former, was_shut
from services.routing.shard import Shard
from tests.contracts.envelope import kit
from tests.contracts.log.bus import OWNER, Bus

pytestmark = pytest.mark.anyio

GONE = topics.outbox("civil", "association")


def without_association(version: int = 2, *, back: bool = False) -> str:
    """A next directory of the civil realm, in which no desk of the association is, or is again."""
    here = kit.realm("civil")
    payload: dict[str, Any] = copy.deepcopy(here.payload)
    payload["version"] = version
    if not back:
        desks = here.directory.desks
        payload["desks"] = [
            row for row in payload["desks"] if desks[str(row["desk"])].agency != "association"
        ]
    return keyring.sign_directory(payload, here.keeper)


def ordered(bus: Bus, token: str) -> None:
    """The owners adopt a directory, and the log says so."""
    value = make_order(
        "civil", "adopt_directory", {"directory": token}, last=bus.registry.last, start=kit.NOW,
        signers=[OWNER],
    )  # fmt: skip
    assert not bus.registry.extend([value]), bus.registry.rejected
    bus.tick(kit.NOW)


def shard_of(bus: Bus) -> Shard:
    """What the inputs are told from: a shard of two partitions."""
    two = SimpleNamespace(
        control=bus,
        clock=SimpleNamespace(now=lambda: kit.NOW),
        routers={number: bus.routers[number] for number in (0, 3)},
    )
    return cast("Shard", two)


def test_an_agency_that_has_left_is_still_read() -> None:
    """What it had published before is in its outbox, and nobody else will decide it."""
    bus = Bus()
    bus.tick(kit.NOW)
    assert former(shard_of(bus)) == []

    ordered(bus, without_association())

    assert former(shard_of(bus)) == [TopicPartition(GONE, 0), TopicPartition(GONE, 3)]
    assert GONE not in {place.topic for place in inputs(shard_of(bus))}


def test_an_agency_that_came_back_is_no_former_one() -> None:
    """It is waited for, as any other of the day."""
    bus = Bus()
    bus.tick(kit.NOW)

    ordered(bus, without_association())
    ordered(bus, without_association(3, back=True))

    assert former(shard_of(bus)) == []
    assert GONE in {place.topic for place in inputs(shard_of(bus))}


def test_who_is_announced_is_not_read_before_the_log_has_adopted_it() -> None:
    """Control holds the directory already: its desk would be unknown to every record until then."""
    bus = Bus()
    bus.tick(kit.NOW)
    ordered(bus, without_association())
    value = make_order(
        "civil", "adopt_directory", {"directory": without_association(3, back=True)},
        last=bus.registry.last, start=kit.NOW, signers=[OWNER],
    )  # fmt: skip

    assert not bus.registry.extend([value])

    assert {place.topic for place in former(shard_of(bus))} == {GONE}


async def test_no_shard_waits_for_an_outbox_that_it_may_not_read_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its right was pruned: the others are routed; an answer that does not come is waited for."""
    bus = Bus()
    bus.tick(kit.NOW)
    ordered(bus, without_association())
    answers: list[frozenset[str] | None] = [None, frozenset(), None, frozenset({GONE})]

    async def visible(*_args: Any) -> frozenset[str] | None:
        return answers.pop(0)

    monkeypatch.setattr(reading, "visible", visible)
    monkeypatch.setattr(reading, "LOOK_S", 0.01)
    left = await open_former(shard_of(bus), "nowhere", {})
    read = await open_former(shard_of(bus), "nowhere", {})

    assert (left, {place.topic for place in read}) == ([], {GONE})
    answers += [None, frozenset({GONE}), frozenset()]
    assert [await has_changed(shard_of(bus), read, "nowhere", {}) for _ in range(3)] == [
        False, False, True,
    ]  # fmt: skip
    answers += [frozenset({GONE})]
    assert await has_changed(shard_of(bus), left, "nowhere", {})


async def test_one_broker_may_learn_after_another_that_an_outbox_is_shut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is asked again for some seconds: a shard does not end because one of them was behind."""
    places = [TopicPartition(GONE, 0)]
    answers = [None, frozenset({GONE}), frozenset({GONE}), frozenset[str]()]

    async def visible(*_args: Any) -> frozenset[str] | None:
        return answers.pop(0) if answers else frozenset({GONE})

    monkeypatch.setattr(reading, "visible", visible)
    monkeypatch.setattr(reading, "LOOK_S", 0.001)

    assert await was_shut(places, "nowhere", {})
    monkeypatch.setattr(reading, "SHUT_S", 0.02)
    assert not await was_shut(places, "nowhere", {})


async def test_a_kafka_that_never_answers_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the bound, so that it is started again: nothing is left out in silence."""
    bus = Bus()
    bus.tick(kit.NOW)
    ordered(bus, without_association())

    async def silent(*_args: Any) -> None:
        return None

    monkeypatch.setattr(reading, "visible", silent)
    monkeypatch.setattr(reading, "LOOK_S", 0.01)
    monkeypatch.setattr(reading, "WAIT_SECONDS", 0.05)

    with pytest.raises(UnreachableError, match="kafka_unreachable"):
        await open_former(shard_of(bus), "nowhere", {})
