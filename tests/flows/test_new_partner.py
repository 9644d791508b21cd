"""A hospital joins by configuration alone: directory entry, keys, two clauses; no line of code."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, read
from contracts.kafka.rights import Right, rights
from contracts.log.orders.layout import ordered
from contracts.vocabulary import topics
from tests.contracts.convention.hospital import third
from tests.flows.joining import joined
from tests.world import World

CONCERN: dict[str, Any] = {
    "kind": "event", "event": "IP", "purpose": "assess", "reference": "dossier 7", "to": ["crip"],
    "told": {"parents": "told", "minor": "told"},
    "content": {
        "IDENTITY": {"name": "Durand", "first_name": "Lina", "sex": "female"},
        "FACTS": {"facts": [{"observed": "Ecchymoses", "observed_on": "2026-09-07"}]},
        "HEALTH": {"record": "Dossier complet"},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    """A federation at work, which a hospital has joined."""
    return joined({"umj": ("UMJ", "hospital")}, read(SECOND), third())


def test_its_rights_follow_from_clauses_and_directory(world: World) -> None:
    """Its own outbox and inbox, control, its transactions; nothing of anybody else's."""
    convd, dird = world.registries["civil"].in_force(world.clock.now())
    registry = world.registries["civil"]
    layouts = {"civil": ordered(registry)}
    found = rights(registry.conventions[convd], {"civil": registry.directories[dird]}, layouts)

    own = {one for one in found if one.principal == "hospital"}
    assert {(one.name, one.operation) for one in own if one.resource == "topic"} == {
        (topics.outbox("civil", "hospital"), "WRITE"),
        (topics.outbox("civil", "hospital"), "READ"),
        (topics.inbox("civil", "hospital"), "READ"),
        (topics.inbox("civil", "hospital"), "WRITE"),  # it overwrites what orders erase
        (topics.control("civil"), "READ"),
    }
    assert {one.name for one in own if one.resource == "transactional_id"} == set(
        topics.agency_transactions("hospital")
    )
    assert Right("routing-civil-0", "topic", topics.outbox("civil", "hospital"), "READ") in found
    assert {one.principal for one in found if one.name == topics.inbox("civil", "hospital")} == {
        "hospital", "routing-civil-0", "console",
    }  # fmt: skip


def test_it_sends_and_receives_by_its_clauses(world: World) -> None:
    """An alert without the full file; acknowledged; answered finally by the CRIP, by R98."""
    answer = world.post("umj", CONCERN)
    world.settle()
    (arrived,) = world.inbox("crip")
    (event,) = answer.body["events"]

    assert answer.status == 202
    assert (arrived.issuer, arrived.event) == ("umj", event)
    assert "Lina" in str(arrived.item)
    assert "Dossier complet" not in str(arrived.item)
    assert world.decision_on(event)["addressees"][0]["clause"] == "R97"
    assert [one["field"] for one in answer.body["left_out"]] == ["content.HEALTH"]
    assert {one["act"] for one in world.duties("crip")} >= {"ACK:received", "R98:final"}

    world.acknowledge("crip", event)
    reply = world.outcome("crip", event, "help_in_place", final=True)
    world.settle()

    assert reply.status == 202, reply.body
    replied = [one for one in world.inbox("umj") if one.issuer == "crip"]
    assert [one.event for one in replied] == reply.body["events"]
    assert "help_in_place" in str(replied[0].item)
    assert world.duties("crip") == []
    assert world.audit()["clean"]


def test_it_may_do_nothing_else(world: World) -> None:
    """Its word to the police is an attempt, refused with a suggested recipient."""
    answer = world.post("umj", CONCERN | {"to": ["pol"], "reference": "dossier 8"})
    world.settle()
    (event,) = answer.body["events"]

    assert world.decision_on(event)["refused"]
    assert [door["role"] for door in answer.body["to"][0]["doors"]] == ["CRIP"]
    assert load(third()).roles["UMJ"].agency == "hospital"
