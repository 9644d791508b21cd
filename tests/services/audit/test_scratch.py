"""States of a replay laid on disk: however a router signed, what waits in memory has a limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.decision.state import tables
from contracts.log.replaying import footing
from contracts.log.replaying.replay import Replayer
from services.audit import scratch, shares, source
from services.audit.scratch import ScratchStates
from services.audit.source import KafkaLog
from services.platform.store.owned import OwnedStore
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus, inbound, owners
from tests.services.audit.lives import END, Lives, StandingControl

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [1, 5, 10, 20])
async def test_states_of_large_transactions_are_laid_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Behind their signed records, wherever these come: no more waits than a batch or two bring."""
    monkeypatch.setattr(source, "MARKERS_S", 0)
    monkeypatch.setattr(scratch, "KEEP_ROWS", 40)
    monkeypatch.setattr(scratch, "LOOK_EVERY", 1)
    monkeypatch.setattr(footing, "MERGE_EVERY", 5)
    bus, waiting, writes = in_batches(size), [0], []
    look, write = ScratchStates.look, OwnedStore.write_rows

    def looked(states: ScratchStates, number: int, replayer: Replayer) -> None:
        waiting.append(tables.pending(states._states[number]))
        look(states, number, replayer)

    def written(store: OwnedStore, *given: Any) -> None:
        writes.append(store)
        write(store, *given)

    monkeypatch.setattr(ScratchStates, "look", looked)
    monkeypatch.setattr(OwnedStore, "write_rows", written)
    reader = Lives(bus, tmp_path).read_by(monkeypatch)
    audit = shares._ShareAudit(tmp_path, [0], KafkaLog("nowhere"), "civil", owners())
    audit._reader, audit.control = reader, StandingControl(bus.registry)  # type: ignore[assignment]

    await audit.start()
    await audit.read_whole()
    findings = audit.close(END)

    assert [one.code for one in findings if one.alarm] == ["due_unreported"]
    assert len(writes) > 3
    assert max(waiting) < 40 + 4 * (size + 5)


def in_batches(size: int) -> Bus:
    """A partition of 200 events, so many in each transaction."""
    bus = Bus()
    bus.tick(kit.NOW)
    events = [inbound(bus, seed=f"e{at}", case=f"c{at}") for at in range(1_400)]
    own = [event for event in events if event.partition == 0][:200]
    for at in range(0, len(own), size):
        bus.route(*own[at : at + size])
    return bus
