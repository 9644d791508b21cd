"""What a router takes for evidence when it erases: what the log vouches for, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
from aiokafka import TopicPartition

from contracts.encoding import canonical, digest, leaf_hash
from contracts.envelope.wire import Outbound
from contracts.vocabulary import topics
from services.operate.to_erase import answers, evidence_of
from services.platform.kafka.evidence import recorded
from services.platform.process.exit_codes import UnreachableError
from services.routing.read_back import erasable_of
from tests.contracts.log.erasing.kit import naming, order, two_children
from tests.contracts.log.first_orders import owners
from tests.flows.acts import CASE, OTHER
from tests.simulation.planted_log import PlantedKafka
from tests.world import World

EVIDENCE = TopicPartition(topics.evidence("civil"), 0)


def lay(world: World, leaf: str, value: bytes) -> None:
    """Whoever has Kafka writes a value of evidence."""
    world.write(Outbound(EVIDENCE.topic, 0, leaf.encode(), value))


async def erasable(world: World, leaves: list[str], last: bytes = b"") -> Mapping[str, bytes]:
    """What the router reads before it erases a case; `last` is the leaf of its last record."""
    last = last or world.topics[topics.decisions("civil"), 0][-1].key or b""
    registry = world.registries["civil"]
    async with PlantedKafka(world.topics).reader() as reader:
        return await erasable_of(reader, EVIDENCE, registry, leaves, last.decode())


def lay_record(world: World, at: int, beside: dict[str, Any], *, signed_by_router: bool) -> str:
    """Whoever has Kafka writes a record and evidence that agree; the record's leaf."""
    place = topics.decisions("civil"), 0
    before = world.topics[place][at]
    evidence, record = canonical(beside), orjson.loads(before.value or b"")
    follows = {"index": record["index"] + 1, "prev": leaf_hash(before.value or b"")}
    value = canonical(record | follows | {"kind": "decided", "evd": digest(evidence)})
    leaf = leaf_hash(value)
    headers = before.headers if signed_by_router else ()
    laid = replace(before, key=leaf.encode(), value=value, headers=headers)
    world.topics[place].insert(world.topics[place].index(before) + 1, laid)
    lay(world, leaf, evidence)
    return leaf


def forged() -> list[bytes]:
    """Values that no router wrote."""
    other: dict[str, Any] = {"effects": [{"k": "case", "sub": OTHER}], "a": CASE}
    return [
        b"", b"[]", b"\xff", b'{"erased":1}', b'{"erased":4,"effects":[1]}', b'{"cover":1}',
        b'{"a":"%s"}' % CASE.encode(), b'{"answers":1,"stub":1}', canonical(other),
    ]  # fmt: skip


@pytest.mark.parametrize("at", ["named", "related", "nobody's"])
async def test_a_forged_value_neither_stops_a_router_nor_hinders_an_erasure(at: str) -> None:
    """Under a leaf that is named, under one that is not, under one that no record has."""
    world = two_children()
    leaves = [leaf for _, leaf in naming(world, CASE)]
    evidence = world.evidence("civil", 0)
    others = [leaf for leaf in evidence if leaf not in leaves]

    for value in forged():
        lay(world, {"named": leaves[0], "related": others[-1], "nobody's": "x"}[at], value)
    lay(world, leaves[1], b"{}")  # over what names the case: its token would stay

    assert await erasable(world, leaves) == {leaf: evidence[leaf] for leaf in leaves}
    assert leaves[1] in await erasable(world, leaves[:1])


async def test_what_was_erased_does_not_come_back_by_its_old_evidence() -> None:
    """Who has kept it writes it again: the stub counts, by the record of its erasure."""
    world = two_children()
    own = naming(world, CASE)
    before = world.evidence("civil", 0)
    order(world, own)
    stubs = world.evidence("civil", 0)
    leaves = [leaf for _, leaf in own]

    for leaf in leaves:
        lay(world, leaf, before[leaf])
        lay(world, leaf, b'{"effects":[{"k":"case","sub":"x"}],"erased":4}')

    assert await erasable(world, leaves) == {leaf: stubs[leaf] for leaf in leaves}


@pytest.mark.parametrize("signed_by_router", [False, True])
@pytest.mark.parametrize("at", [-1, -2, 0])
async def test_a_false_record_with_evidence_of_its_own_draws_no_other_case_into_an_erasure(
    at: int, signed_by_router: bool
) -> None:
    """A record and evidence that agree: behind the last, between two, copied signature.

    An operator's command, which looks up what to name, is led by nothing of it either.
    """
    world = two_children()
    own, evidence = naming(world, CASE), world.evidence("civil", 0)
    leaves = [leaf for _, leaf in own]
    linked = {"effects": [{"k": "case", "sub": OTHER}, {"k": "case", "sub": CASE}]}
    last = world.topics[topics.decisions("civil"), 0][-1].key or b""

    lay_record(world, at, linked, signed_by_router=signed_by_router)
    for value in forged():
        lay(world, "x", value)

    bus: Any = PlantedKafka(world.topics)
    assert tuple(await evidence_of(bus, "civil", owners(), CASE)) == own
    assert await erasable(world, leaves, last) == {leaf: evidence[leaf] for leaf in leaves}


async def test_an_operator_is_told_no_answer_that_no_router_gave() -> None:
    """Who keeps an erasure from the router may not say in its place that it was done."""
    world = two_children()
    leaf = naming(world, CASE)[0][1]
    said = {"order": "x" * 43, "answers": [{"decision": leaf, "answer": "erased"}]}

    lay_record(world, -1, said, signed_by_router=True)

    bus: Any = PlantedKafka(world.topics)
    assert await answers(bus, "civil", owners(), "x" * 43) == {}


async def test_a_partition_without_its_last_record_is_not_taken_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is still on its way could name the case."""
    monkeypatch.setattr(recorded, "LOOK_S", 0)
    world = two_children()
    world.topics[EVIDENCE.topic, 0].pop()

    with pytest.raises(UnreachableError):
        await erasable(world, [])
