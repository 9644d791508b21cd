"""A start reads a log with an erased case: with stubs ahead, in whatever order."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound, Outbound
from contracts.vocabulary import topics
from services.audit.replay import RealmAudit
from services.platform.kafka.evidence import recorded
from services.routing.restart import rebuild_states
from tests.contracts.decision.state.tables import whole
from tests.contracts.log.erasing.kit import ALERT, compacted, naming, order, two_children
from tests.flows.acts import CASE, OTHER, raw
from tests.services.audit.bundle.memory_log import MemoryLog, MemoryReader, owners_of
from tests.world import World

pytestmark = pytest.mark.anyio


class Turned(MemoryReader):
    """Reads the topics in the other order, and one ahead only as far as it may."""

    async def read(
        self, starts: Mapping[TopicPartition, int | None], is_ahead: Any = None
    ) -> AsyncGenerator[list[Inbound], None]:
        rows = {
            place: [row for row in self.of(place) if row.offset >= (at or 0)]
            for place, at in starts.items()
        }
        while any(rows.values()):
            open_ = [place for place in reversed(rows) if rows[place]]
            may = [place for place in open_ if is_ahead is None or not is_ahead(place)] or open_
            yield [rows[may[0]].pop(0)]


class TurnedLog(MemoryLog):
    """A log that is read so."""

    def reader(self, _realm: str) -> MemoryReader:
        return Turned(self.rows)


def erased(*, is_cleaned: bool) -> World:
    """A log that went on for a while between a case's last event and its erasure."""
    world = two_children()
    for _ in range(6):
        raw(world, "edu-s", "IP", ALERT, case=OTHER)
    order(world, naming(world, CASE))
    raw(world, "edu-s", "IP", ALERT, case=OTHER)
    if is_cleaned:
        compacted(world)
    return world


@pytest.mark.parametrize("is_cleaned", [False, True])
@pytest.mark.parametrize("kind", [MemoryReader, Turned])
async def test_a_start_comes_to_the_living_state_and_holds_little(
    kind: type[MemoryReader], is_cleaned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No record waits for a stub that lies far behind it."""
    monkeypatch.setattr(recorded, "MOST", 2)
    world, most = erased(is_cleaned=is_cleaned), 0
    take = recorded.Waiting.take

    def taking(waiting: recorded.Waiting, batch: list[Inbound], *, is_evidence: bool) -> None:
        nonlocal most
        take(waiting, batch, is_evidence=is_evidence)
        most = max(most, len(waiting.records))

    monkeypatch.setattr(recorded.Waiting, "take", taking)

    reader = cast("Any", kind(world.topics))
    states = await rebuild_states(reader, "civil", [0], world.registries["civil"])

    assert whole(states[0]) == whole(world.routers["civil", 0].state)
    assert kind is MemoryReader or most <= 3


@pytest.mark.parametrize("is_cleaned", [False, True])
async def test_a_replay_takes_evidence_that_comes_after_its_stub_for_nobodys_no_more(
    is_cleaned: bool,
) -> None:
    """Kafka has it still, and its record was passed by with the stub."""
    world = erased(is_cleaned=is_cleaned)
    audit = RealmAudit(TurnedLog(world.topics), "civil", owners_of(world))

    part = await audit.read_through(world.clock.now)

    assert not [one for one in part.findings if one.alarm]
    assert part.tally["erased"] == 2


async def test_an_auditor_that_follows_takes_a_stub_for_no_evidence_written_again() -> None:
    """It has decided on what was erased since, and goes on."""
    world = two_children()
    audit = RealmAudit(MemoryLog(world.topics), "civil", owners_of(world))
    await audit.start()
    await audit.read_whole()
    order(world, naming(world, CASE))
    raw(world, "edu-s", "IP", ALERT, case=OTHER)

    await audit.read_whole()

    assert not [one for one in audit.findings if one.alarm]
    state = audit.replayers[0].settled()
    assert state is not None
    assert set(state.cases) == {OTHER}


async def test_evidence_that_is_put_back_behind_its_stub_is_an_alarm() -> None:
    """Before Kafka's cleaning it is written again; later the stub is gone, and all returns."""
    world = two_children()
    place, decisions = (topics.evidence("civil"), 0), naming(world, CASE)
    row = next(row for row in world.topics[place] if row.key == decisions[0][1].encode())
    order(world, decisions)
    world.write(Outbound(row.topic, row.partition, row.key or b"", row.value or b""))

    for code in ("evidence_altered", "erasure_undone"):
        audit = RealmAudit(MemoryLog(world.topics), "civil", owners_of(world))
        part = await audit.read_through(world.clock.now)
        assert [one.code for one in part.findings if one.alarm] == [code]
        compacted(world)
