"""A fault of ours in one input stops nobody, whether it came in or was released from quarantine."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.log.routing import partition_router as core
from services.routing.shard import decide
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus
from tests.contracts.log.ruling import LATER, good, put_aside, rule, take
from tests.contracts.log.saying import alarms


def test_a_fault_in_what_was_released_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Routing breaks at it again: it is put aside again, its neighbours and the next are routed."""
    bus = Bus()
    events = [good(bus, number) for number in (1, 2, 3)]
    leaves = put_aside(bus, *events)
    rule(bus, "release", *leaves)
    bus.tick(LATER)
    router = bus.routers[events[0].partition]
    raw = events[1].value

    def breaking(record: Any, *rest: Any) -> Any:
        if record.value == raw:
            raise ZeroDivisionError
        return looked(record, *rest)

    looked = core.look
    monkeypatch.setattr(core, "look", breaking)
    found = {leaf: bus.quarantined(leaf) for leaf in router.wanted}
    batch = decide(router, [good(bus, 4)], bus.registry, LATER + 1, lambda: bus.salt(16), found)
    take(bus, router, batch)

    kinds = [settled.entry.kind for settled in batch.settled]
    assert kinds == ["decided", "quarantined", "decided", "decided"]
    (again,) = router.state.kept.values()
    assert (again.code, again.first) == ("internal_error", kit.NOW + 1)
    assert alarms(bus, LATER + 1) == []
