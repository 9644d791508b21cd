"""What a router takes for evidence when it erases: what the log vouches for, and nothing else."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from aiokafka import TopicPartition

from contracts.encoding import canonical
from contracts.envelope.wire import Outbound
from contracts.vocabulary import topics
from services.operate.to_erase import _matching, _names
from services.platform.kafka import recorded
from services.platform.process.exit_codes import UnreachableError
from services.routing.erasable import ToErase, _of
from tests.contracts.log.erasing import naming, order, two_children
from tests.flows.acts import CASE, OTHER
from tests.services.audit.bundle.memory_log import MemoryReader
from tests.world import World

pytestmark = pytest.mark.anyio
EVIDENCE = TopicPartition(topics.evidence("civil"), 0)


def lay(world: World, leaf: str, value: bytes) -> None:
    """Whoever has Kafka writes a value of evidence."""
    world.write(Outbound(EVIDENCE.topic, 0, leaf.encode(), value))


async def erasable(world: World, leaves: list[str]) -> dict[str, bytes]:
    """What the router reads before it erases a case."""
    last = (world.topics[topics.decisions("civil"), 0][-1].key or b"").decode()
    asked = ToErase(dict.fromkeys(leaves, True), last)
    return await _of(MemoryReader(world.topics), EVIDENCE, asked)


def forged() -> list[bytes]:
    """Values that no router wrote."""
    other: dict[str, Any] = {"effects": [{"k": "case", "sub": OTHER}], "a": CASE}
    return [
        b"", b"[]", b"\xff", b'{"erased":1}', b'{"erased":4,"effects":[1]}', b'{"cover":1}',
        b'{"a":"%s"}' % CASE.encode(), b'{"answers":1,"stub":1}', canonical(other),
    ]  # fmt: skip


@pytest.mark.parametrize("value", forged())
@pytest.mark.parametrize("at", ["named", "related", "nobody's"])
async def test_a_forged_value_neither_stops_a_router_nor_hinders_an_erasure(
    value: bytes, at: str
) -> None:
    """Under a leaf that is named, under one that is not, under one that no record has."""
    world = two_children()
    leaves = [leaf for _, leaf in naming(world, CASE)]
    evidence = world.evidence("civil", 0)
    others = [leaf for leaf in evidence if leaf not in leaves]

    lay(world, {"named": leaves[0], "related": others[-1], "nobody's": "x"}[at], value)

    assert await erasable(world, leaves) == {leaf: evidence[leaf] for leaf in leaves}


async def test_what_names_the_case_is_not_hidden_by_a_value_laid_over_it() -> None:
    """Else half a case would be erased, and its token stay."""
    world = two_children()
    leaves = [leaf for _, leaf in naming(world, CASE)]

    lay(world, leaves[1], b"{}")

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


async def test_an_operator_is_led_to_no_other_case_by_a_forged_value() -> None:
    """What an order is to name is looked up in what the log vouches for."""
    world = two_children()
    own = naming(world, CASE)
    for value in forged():
        lay(world, "x", value)

    wanted = partial(_names, frozenset([CASE]))
    rows = await _matching(MemoryReader(world.topics), [EVIDENCE], wanted)

    assert tuple(rows) == own


async def test_a_partition_without_its_last_record_is_not_taken_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is still on its way could name the case."""
    monkeypatch.setattr(recorded, "LOOK_S", 0)
    world = two_children()
    world.topics[EVIDENCE.topic, 0].pop()

    with pytest.raises(UnreachableError):
        await erasable(world, [])
