"""An agency's service overwrites what an order erases, and warns until it is cleaned."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest
from aiokafka.errors import KafkaError

from contracts.envelope.wire import Inbound, Outbound
from contracts.vocabulary import topics
from services.agency.loops import forgetting
from services.agency.loops.forgetting import HEEDED_S, NOT_FORGOTTEN, Forgetting
from services.agency.loops.incoming import Incoming
from services.platform.kafka.bus import Bus
from services.platform.kafka.writing.overwritten import LATER_S
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.progress import ServiceHealth
from tests.contracts.log.erasing.kit import ALERT, compacted, naming, order, read_anew, two_children
from tests.flows.acts import CASE, OTHER, raw
from tests.patience import PATIENCE, eventually
from tests.searching import spellings
from tests.simulation.planted_log import PlantedKafka
from tests.world import World


class Life:
    """One life of an agency's loop over a Kafka that cleans only before what is appended."""

    def __init__(self, world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        office, self.health = read_anew(world, name), ServiceHealth()
        self.reader = PlantedKafka(world.topics).reader
        inboxes = office.agency.inboxes(world.clock.now())
        incoming = Incoming(office, world.clock, inboxes, self.reader())
        self.loop = Forgetting(office, incoming, self.health, cast("Bus", self), -LATER_S)
        self.written: list[tuple[str, set[str]]] = []  # topics, each with warnings of before
        self._world = world
        monkeypatch.setattr(forgetting, "LOOK_S", 0)

    async def write(self, records: Sequence[Outbound], _limit_s: float) -> None:
        for topic in {record.topic for record in records}:
            self.written.append((topic, set(self.health.warnings)))
            compacted(self._world, topic)
        for record in records:
            self._world.write(record)
            *before, kept = rows = self._world.topics[record.topic, 0]
            rows[-1] = replace(kept, offset=max([row.offset for row in before], default=-1) + 1)


def bytes_of(rows: Sequence[Inbound]) -> bytes:
    """What a topic's records hold."""
    return b"".join(
        (row.key or b"") + (row.value or b"") + repr(row.headers).encode() for row in rows
    )


async def test_an_outbox_is_cleaned_though_traffic_had_the_inbox_cleaned_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The messages that say what the order is about have gone: its own blanks say it."""
    world = two_children()
    name = world.office("psp").agency.name
    inbox, outbox = topics.inbox("civil", name), topics.outbox("civil", name)
    order(world, naming(world, CASE))
    world.clock.advance(HEEDED_S)
    first = Life(world, name, monkeypatch)

    with pytest.raises(UnreachableError, match="case_erased"):
        await asyncio.wait_for(first.loop.run(), PATIENCE)
    for _ in range(5):
        raw(world, "crip", "EVALREQ", ("ase", "evaluate", "FACTS IDENTITY"), case=OTHER)
        raw(world, "edu-s", "IP", ALERT, case=OTHER)
    compacted(world, inbox)
    between = bytes_of(world.topics[outbox, 0])
    second = Life(world, name, monkeypatch)
    work = asyncio.create_task(second.loop.run())
    await asyncio.sleep(0)
    await eventually(lambda: work.done() or not second.health.warnings)
    assert not work.done()
    work.cancel()
    await asyncio.wait([work])
    left = bytes_of([*world.topics[inbox, 0], *world.topics[outbox, 0]])

    assert first.health.warnings == {NOT_FORGOTTEN}
    assert any(text in between for text in spellings(CASE.encode()))
    assert second.written == [(outbox, {NOT_FORGOTTEN})]
    assert [text for text in spellings(CASE.encode()) if text in left] == []


async def test_a_write_that_was_not_answered_ends_in_a_new_start_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the second look nothing is to be written, and what was folded names the case still."""
    world = two_children()
    order(world, naming(world, CASE))
    world.clock.advance(HEEDED_S)
    life = Life(world, world.office("psp").agency.name, monkeypatch)
    monkeypatch.setattr(forgetting, "AGAIN_S", 0)
    answered = life.write

    async def unanswered(records: Sequence[Outbound], limit_s: float) -> None:
        await answered(records, limit_s)
        monkeypatch.setattr(life, "write", answered)
        raise KafkaError

    monkeypatch.setattr(life, "write", unanswered)

    with pytest.raises(UnreachableError, match="case_erased"):
        await asyncio.wait_for(life.loop.run(), PATIENCE)
