"""Two children in one partition, of whom one is erased: what tests of erasing begin with."""

from __future__ import annotations

from typing import Any

import orjson

from contracts.log.erasing.erasure import names
from contracts.log.orders.rulings import Named, erasure
from contracts.vocabulary import topics
from services.agency.office.office import Office
from tests.flows.acts import CASE, OTHER, raw
from tests.world import World

EVIDENCE = topics.evidence("civil"), 0
ALERT = ("crip", "assess", "FACTS")


def two_children() -> World:
    """Two cases in one partition, of which the first has a duty."""
    world = World(partitions=1)
    raw(world, "psp", "IP", ALERT, case=CASE)
    raw(world, "edu-s", "IP", ALERT, case=OTHER)
    raw(world, "crip", "EVALREQ", ("ase", "evaluate", "FACTS IDENTITY"), case=CASE)
    return world


def naming(world: World, *cases: str) -> Named:
    """All decisions whose evidence names a case."""
    evidence = world.evidence("civil", 0)
    return tuple((0, leaf) for leaf, value in evidence.items() if names(value, cases))


def alarms(world: World) -> list[str]:
    """Codes of what the auditor finds alarming in that partition."""
    return [one.code for one in world.replay("civil", 0)[1] if one.alarm]


def order(world: World, decisions: Named) -> dict[str, Any]:
    """Erase, and what the router answered."""
    world.order("civil", "erase", erasure(decisions, "test"))
    world.settle()
    record = world.topics[topics.decisions("civil"), 0][-1]
    assert orjson.loads(record.value or b"")["kind"] == "erased"
    told: dict[str, Any] = orjson.loads(world.evidence("civil", 0)[(record.key or b"").decode()])
    return told


def compacted(world: World, topic: str = EVIDENCE[0]) -> None:
    """Kafka has cleaned a topic: of each key the last value is left."""
    place = topic, 0
    last = {record.key: record for record in world.topics[place]}
    world.topics[place] = sorted(last.values(), key=lambda record: record.offset)


def read_before(world: World) -> None:
    """The evidence as who read it before the stubs came has it: of each key the first value."""
    first = {record.key: record for record in reversed(world.topics[EVIDENCE])}
    world.topics[EVIDENCE] = list(first.values())


def read_anew(world: World, name: str) -> Office:
    """An agency's service as it starts, from what lies in its topics."""
    office, at = Office(world.offices[name].agency), world.clock.now()
    sent = world.topics[topics.outbox("civil", name), 0]
    if gone := {row.key for row in sent if office.read_back(row, "civil", at)}:
        office.begin()
        sent = [row for row in sent if not (row.value and row.key in gone)]
        assert not any(office.read_back(row, "civil", at) for row in sent)
    for fold in office.fold.desks.values():
        fold.numbers.start_at(("civil", 0), complete=True)
    for row in world.topics[topics.inbox("civil", name), 0]:
        office.take(row, ("civil", 0), office.agency.desks, at)
    return office
