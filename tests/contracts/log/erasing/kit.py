"""Two children in one partition, of whom one is erased: what tests of erasing begin with."""

from __future__ import annotations

from typing import Any

import orjson

from contracts.log.erasing.erasure import names
from contracts.log.orders.rulings import Named, erasure
from contracts.vocabulary import topics
from tests.flows.acts import CASE, OTHER, raw
from tests.world import World

ALERT = ("crip", "assess", "FACTS")


def two_children() -> World:
    """Two cases in one partition, of which the first has a duty."""
    world = World(partitions=1)
    raw(world, "psp", "IP", ALERT, case=CASE)
    raw(world, "edu-s", "IP", ALERT, case=OTHER)
    raw(world, "crip", "EVALREQ", ("ase", "evaluate", "FACTS IDENTITY"), case=CASE)
    return world


def naming(world: World, *cases: str, number: int = 0) -> Named:
    """All decisions whose evidence names a case."""
    evidence = world.evidence("civil", number)
    return tuple((number, leaf) for leaf, value in evidence.items() if names(value, cases))


def order(world: World, decisions: Named, what: str = "case") -> dict[str, Any]:
    """Erase, and what the router answered."""
    world.order("civil", "erase", erasure(decisions, what, "test"))
    world.settle()
    record = world.topics[topics.decisions("civil"), 0][-1]
    assert orjson.loads(record.value or b"")["kind"] == "erased"
    told: dict[str, Any] = orjson.loads(world.evidence("civil", 0)[(record.key or b"").decode()])
    return told


def compacted(world: World, topic: str = topics.evidence("civil")) -> None:
    """Kafka has cleaned a topic: of each key the last value is left."""
    place = topic, 0
    last = {record.key: record for record in world.topics[place]}
    world.topics[place] = sorted(last.values(), key=lambda record: record.offset)
