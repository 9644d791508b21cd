"""Figures of the pure core: routed event against its floor, replay, state."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from contracts.decision.state.view import View
from contracts.encoding import b64u, canonical, event_id, partition_of, unb64u
from contracts.envelope.event import Event
from contracts.envelope.verify import RouterContext, verify_published
from contracts.envelope.wire import Inbound
from contracts.log.entry import Entry, InputSource
from contracts.log.rebuild import LEAF_LABEL, SIGNATURE_HEADER, rebuild
from contracts.log.routing import settle
from contracts.vocabulary import topics
from contracts.vocabulary.conditions import Call, Declared, Informed
from tests.bench import floor
from tests.bench.measure import ROUNDS, Figure, as_a_service, beside, bytes_held, timed
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus, inbound

MERGE_EVERY: Final = 500  # events; as a router's batch under load
Row = tuple[bytes, list[tuple[str, bytes]]]  # a record and its headers
DECLARED = Declared(
    informed=Informed(parents="informed", minor="informed"),
    danger=True,
    call=Call(to="duty_magistrate", at=kit.NOW, ref="A" * 22),
)


def routed(events: int) -> Iterator[Figure]:
    """CPU a routed event for 1, 2 and 3 addressees, beside the floor of the same round."""
    for count in (1, 2, 3):
        records = published(events, count, "routed")
        as_a_service()
        live: list[float] = []
        bare: list[float] = []
        for _ in range(ROUNDS):
            seconds, batches = timed(partial(begun().route, *records))
            live.append(seconds)
            bare.append(timed(partial(floor.run, floor.owed(records, batches)))[0])
        low = _per_event(f"floor, {count} addressee(s)", bare, events)
        high = _per_event(f"routed event, {count} addressee(s)", live, events)
        yield low
        yield beside(high, low)


def replayed(events: int) -> Iterator[Figure]:
    """The auditor's CPU an event, beside routing's own."""
    records = published(events, 1, "replay")
    live: list[float] = []
    again: list[float] = []
    for _ in range(ROUNDS):
        bus = begun()
        live.append(timed(partial(bus.route, *records))[0])
        again.append(timed(partial(bus.replay, kit.NOW + 1))[0])
    routing = _per_event("routing live", live, events)
    replay = _per_event("audit replay", again, events)
    yield beside(replay, routing)


def held(cases: int) -> Iterator[Figure]:
    """Memory of open cases, and the time to rebuild them from records and evidence."""
    bus, seconds, sizes = begun(), list[float](), list[float]()
    share = cases // topics.PARTITIONS
    for number in range(topics.PARTITIONS):
        rows, evidence = _log(bus, number, share)

        again = partial(rebuild, bus.name, number, rows, evidence, bus.registry)
        seconds.append(timed(again)[0])
        if number < 2:  # tracing is slow, and two partitions agree
            sizes.append(bytes_held(again) / share)
    note = f"over {len(sizes)} partitions of {share}; event ids still remembered included"
    yield Figure(f"state of {cases} open cases", "bytes a case", tuple(sizes), note)
    whole = tuple(one * topics.PARTITIONS for one in seconds)
    yield Figure(f"rebuilding {cases} open cases, one shard", "s CPU", whole, "from 6 partitions")


def _log(bus: Bus, number: int, cases: int) -> tuple[list[Row], dict[str, bytes]]:
    """The log of one partition with so many open cases, and its evidence by leaf."""
    router, state = bus.routers[number], bus.rebuilt(number)
    rows = [(row.value, list(row.headers)) for row in bus.log(number)]
    evidence = bus.evidence(number)
    view, directory = View(state), bus.registry.directories[state.tail.dird]
    convention = bus.registry.conventions[state.tail.convd]
    salt, source = (
        kit.Seeded(f"log {number}"),
        InputSource("relais.civil.outbox.education", 1, "A" * 43),
    )
    entry: Entry | None = None
    for at, event in enumerate(_events(number, cases)):
        entry = settle.decided(
            router.site, view, convention, directory, event, kit.NOW + 1, salt(16), source
        )
        rows.append((entry.record, []))
        evidence[entry.leaf] = entry.evidence
        if at % MERGE_EVERY == 0:
            view.merge()
            view = View(state)
    if entry is not None:
        rows[-1] = (entry.record, _signed(bus, entry))
    return rows, evidence


def _signed(bus: Bus, entry: Entry) -> list[tuple[str, bytes]]:
    """The header that a router gives the last record of a transaction."""
    signer = kit.realm(bus.name).router
    signature = b64u(signer.sign(LEAF_LABEL + unb64u(entry.leaf)))
    return [(SIGNATURE_HEADER, canonical({"kid": signer.kid, "sig": signature}))]


def _events(number: int, count: int) -> Iterator[Event]:
    """Events of one partition, each of a case of its own."""
    record = published(1, 1, "held")[0]
    here = kit.realm()
    context = RouterContext(
        "civil", here.directory, kit.ROUTING_SECRET, topics.PARTITIONS, lambda _: True, kit.NOW + 1
    )
    first = verify_published(record, context).event
    random, made = kit.Seeded(f"cases {number}"), 0
    while made < count:
        token = b64u(random(32))
        if partition_of(kit.ROUTING_SECRET, "civil", token, topics.PARTITIONS) != number:
            continue
        made += 1
        ids = {"jti": event_id(kit.NOW * 1000, random(10)), "sub": token}
        yield Event(first.cover.model_copy(update=ids), first.token, first.digest, first.heads)


def begun() -> Bus:
    """A bus past genesis."""
    bus = Bus()
    bus.tick(kit.NOW)
    return bus


def published(events: int, addressees: int, seed: str) -> list[Inbound]:
    """Events as a router reads them, each of its own case."""
    bus = begun()
    return [_event(bus, addressees, f"{seed} {at}") for at in range(events)]


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
