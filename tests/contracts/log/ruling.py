"""Quarantine in the log's tests: inputs put aside, orders on them, what came of it."""

from __future__ import annotations

from typing import Any

import orjson

from contracts.envelope.wire import Inbound
from contracts.log.orders.order import OrderKind
from contracts.log.orders.rulings import ruling
from tests.contracts.envelope import kit
from tests.contracts.log.routed import Bus, inbound

LATER = kit.NOW + kit.DAY


def put_aside(bus: Bus, *events: Inbound, now: int = kit.NOW + 1) -> list[str]:
    """Good events at which routing itself broke; the leaves under which they are kept."""
    leaves = []
    for event in events:
        router = bus.routers[event.partition]
        faulty = frozenset({(event.topic, event.offset)})
        batch = router.batch([event], bus.registry, now, lambda: bus.salt(16), faulty=faulty)
        bus.take(batch)
        leaves.append(batch.settled[-1].entry.leaf)
    return leaves


def rule(bus: Bus, kind: OrderKind, *leaves: str, start: int = LATER, partition: int = -1) -> None:
    """Order a release or a discard of what is kept, or is said to be in `partition`."""
    here = {leaf: number for number, one in bus.routers.items() for leaf in one.state.kept}
    named = tuple((here.get(leaf, 0) if partition < 0 else partition, leaf) for leaf in leaves)
    bus.order(kind, ruling(named, "fault_mended"), start)


def released(bus: Bus, *leaves: str, now: int = LATER) -> None:
    """Order a release, and let routing do it."""
    rule(bus, "release", *leaves, start=now)
    settle(bus, now)


def settle(bus: Bus, now: int) -> None:
    """Let every partition write what is due: first the orders, then what they released."""
    bus.tick(now)
    bus.tick(now + 1)


def after_orders(bus: Bus, number: int) -> list[dict[str, Any]]:
    """Records and their evidence in one: what a log says, without genesis and adoptions."""
    evidence = bus.evidence(number)
    rows = (
        orjson.loads(evidence[row.key.decode()]) | orjson.loads(row.value)
        for row in bus.log(number)
    )
    return [one for one in rows if one["kind"] not in ("genesis", "adopted")]


def kinds(bus: Bus, number: int) -> list[str]:
    """What a partition's log is about, apart from genesis and adoptions."""
    return [one["kind"] for one in after_orders(bus, number)]


def good(bus: Bus, number: int = 1, **more: Any) -> Inbound:
    """An event that the convention releases to the CRIP."""
    to = [kit.sample_recipient("crip", ("FACTS", "IDENTITY"))]
    return inbound(bus, "edu-s", to, seed=f"event {number}", **more)
