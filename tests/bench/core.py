"""Figures of the pure core: routed event against its floor, replay, state and rebuilding."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Iterator
from typing import Any

from contracts import topics
from contracts.envelope.model import Call, Declared, Informed
from contracts.envelope.wire import Inbound
from contracts.routing import Batch
from tests.bench import floor
from tests.bench.measure import ROUNDS, Figure, cpu_seconds, ratio
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus, inbound

DECLARED = Declared(
    informed=Informed(parents="informed", minor="informed"),
    danger=True,
    call=Call(to="duty_magistrate", at=kit.NOW, ref="A" * 22),
)


def routed(events: int) -> Iterator[Figure]:
    """CPU a routed event for 1, 2 and 3 addressees, beside the floor of the same run."""
    for count in (1, 2, 3):
        live, bare = [], []
        for at in range(ROUNDS):
            bus, records = prepared(events, count, f"round {at}")
            batches: list[Batch] = []
            live.append(cpu_seconds(lambda b=bus, r=records, o=batches: o.extend(b.route(*r))))
            work = floor.owed(records, batches)
            bare.append(cpu_seconds(lambda w=work: floor.run(w)))
        low = _per_event(f"floor, {count} addressee(s)", bare, events)
        high = _per_event(f"routed event, {count} addressee(s)", live, events)
        yield low
        yield Figure(high.name, high.unit, high.values, ratio(high, low))


def replayed(events: int) -> Iterator[Figure]:
    """The auditor's CPU an event, beside routing's own."""
    live, again = [], []
    for at in range(ROUNDS):
        bus, records = prepared(events, 1, f"replay {at}")
        live.append(cpu_seconds(lambda b=bus, r=records: b.route(*r)))
        again.append(cpu_seconds(lambda b=bus: b.replay(kit.NOW + 1)))
    routing = _per_event("routing live", live, events)
    replay = _per_event("audit replay", again, events)
    yield Figure(replay.name, replay.unit, replay.values, ratio(replay, routing))


def held(cases: int) -> Iterator[Figure]:
    """Memory of open cases and the time to rebuild them from records and evidence."""
    bus, records = prepared(1, 1, "warm")
    bus.route(*records)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    rebuild_seconds = 0.0
    grown = _grow(bus, cases)
    with_log = tracemalloc.get_traced_memory()[0]
    del grown, with_log, before
    tracemalloc.stop()
    for number in range(topics.PARTITIONS):
        bus.routers[number].state = type(bus.routers[number].state)()
    sizes = []
    tracemalloc.start()
    states: list[Any] = []
    rebuild_seconds = cpu_seconds(
        lambda: states.extend(bus.rebuilt(number) for number in range(topics.PARTITIONS))
    )
    sizes.append(tracemalloc.get_traced_memory()[0] / cases)
    tracemalloc.stop()
    yield Figure(f"state of {cases} open cases", "bytes a case", tuple(sizes))
    yield Figure("rebuilding it (allocations traced)", "s", (rebuild_seconds,))


def _grow(bus: Bus, cases: int) -> int:
    step = 500
    for start in range(0, cases, step):
        records = [
            inbound(bus, seed=f"held {at}", case=f"held {at}") for at in range(start, start + step)
        ]
        bus.route(*records)
        sys.stderr.write(f"\r{start + step} cases")
    sys.stderr.write("\n")
    return cases


def prepared(events: int, addressees: int, seed: str) -> tuple[Bus, list[Inbound]]:
    """A bus past genesis and events for it, each of its own case."""
    bus = Bus()
    bus.tick(kit.NOW)
    records = [_event(bus, addressees, f"{seed} {at}") for at in range(events)]
    return bus, records


def _event(bus: Bus, addressees: int, seed: str) -> Inbound:
    """3, 5 or 7 parts for 1, 2 or 3 addressees."""
    if addressees == 1:
        return inbound(bus, seed=seed, case=seed)
    to = [
        kit.sample_recipient("parq-civ", ("CONTACT", "FACTS", "IDENTITY"), purpose="protect_now"),
        kit.sample_recipient("crip", ("FACTS", "IDENTITY"), purpose="avoid_duplicates"),
        kit.sample_recipient("pol", ("FACTS", "IDENTITY"), purpose="protect_now"),
    ]
    return inbound(bus, seed=seed, case=seed, to=to[:addressees], etype="SIG", declared=DECLARED)


def _per_event(name: str, seconds: list[float], events: int) -> Figure:
    return Figure(name, "µs CPU", tuple(one / events * 1e6 for one in seconds))
