"""Figures of the pure core: routed event against its floor, replay, state, proof."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, count, islice
from typing import Final

from contracts.decision.state.state import State
from contracts.decision.state.view import View
from contracts.encoding import b64u, canonical, event_id, partition_of, unb64u
from contracts.envelope.event import Event
from contracts.envelope.verify import RouterContext, verify_published
from contracts.envelope.wire import Inbound, Outbound
from contracts.log.chain import LEAF_LABEL, SIGNATURE_HEADER
from contracts.log.entry import Entry, InputSource
from contracts.log.erasing.erasure import Erasing
from contracts.log.routing import settle
from contracts.log.routing.context import Context, OrdersRead
from contracts.proof.tiles import Tile, TileHashes, TreeEdge
from contracts.proof.tree import check_inclusion, inclusion_path
from contracts.vocabulary import topics
from tests.bench import floor
from tests.bench.measure import ROUNDS, Figure, as_a_service, beside, bytes_held, timed
from tests.contracts.envelope import kit
from tests.contracts.log.routed import Bus
from tests.contracts.proof.log import in_memory

PROOFS: Final = 200
MERGE_EVERY: Final = 500  # events; as a router's batch under load


def routed(events: int) -> Iterator[Figure]:
    """CPU a routed event for one addressee beside its floor, an auditor's beside it, by rounds."""
    records = published(events, "routed")
    floors, live, again = list[float](), list[float](), list[float]()
    as_a_service()
    for _ in range(ROUNDS):
        bus = begun()
        seconds, batches = timed(partial(bus.route, *records))
        live.append(seconds)
        again.append(timed(partial(bus.replay, kit.NOW + 1))[0])
        floors.append(timed(partial(floor.run, floor.owed(records, batches)))[0])
    low = _per_event("floor, 1 addressee(s)", floors, events)
    yield low
    yield beside(_per_event("routed event, 1 addressee(s)", live, events), low)
    routing = _per_event("routing live", live, events)
    yield beside(_per_event("audit replay", again, events), routing)


def held(cases: int) -> Iterator[Figure]:
    """Memory of open cases, as they are rebuilt from records and evidence."""
    bus, sizes, share = begun(), list[float](), cases // topics.PARTITIONS
    for number in range(2):  # tracing is slow, and two partitions agree
        _write(bus, number, share)
        sizes.append(bytes_held(partial(bus.rebuilt, number)) / share)
    note = f"over {len(sizes)} partitions of {share}; event ids still remembered included"
    yield Figure(f"state of {cases} open cases", "bytes a case", tuple(sizes), note)


def proved(records: int) -> Iterator[Figure]:
    """CPU of a proof out of so many records."""
    edge, tiles = TreeEdge(), dict[Tile, bytes]()
    for number in range(records):
        tiles.update(edge.append(number.to_bytes(32, "big")))
    tiles.update(edge.partial())
    spent, root = [], edge.root()
    for _proof, index in zip(range(PROOFS), count(0, records // PROOFS), strict=False):
        began = time.process_time()
        path = inclusion_path(index, records, TileHashes(records, in_memory(tiles)).subtree)
        check_inclusion(index.to_bytes(32, "big"), index, records, root, path)
        spent.append((time.process_time() - began) * 1e3)
    yield Figure(
        "proof made and checked", "ms CPU", tuple(spent), f"of one in {records:,}, tiles in memory"
    )


def _write(bus: Bus, number: int, cases: int) -> None:
    """Write so many open cases into one partition, the last record signed as a transaction's is."""
    log, evidence = bus.log(number), bus.written[topics.evidence(bus.name), number]
    for entry in chain.from_iterable(settled(bus, number, cases, bus.rebuilt(number))):
        leaf = entry.leaf.encode()
        log.append(Outbound(topics.decisions(bus.name), number, leaf, entry.record))
        evidence.append(Outbound(topics.evidence(bus.name), number, leaf, entry.evidence))
    signer = kit.realm(bus.name).router
    signature = b64u(signer.sign(LEAF_LABEL + unb64u(entry.leaf)))
    headers = [(SIGNATURE_HEADER, canonical({"kid": signer.kid, "sig": signature}))]
    log[-1] = replace(log[-1], headers=headers)


def settled(bus: Bus, number: int, cases: int, state: State) -> Iterator[list[Entry]]:
    """Open so many cases of one partition in a state; the entries of one batch after another."""
    orders, salt = OrdersRead(bus.registry), partial(kit.Seeded(f"log {number}"), 16)
    site, now = bus.routers[number].site, kit.NOW + 1
    source = InputSource("relais.civil.outbox.education", 1, "A" * 43)
    events = _events(number, cases)
    while batch := list(islice(events, MERGE_EVERY)):
        view = View(state)
        context = Context(site, view, orders, now, salt, lambda *_: Erasing((), {}))
        entries = [settle.decided(context, event, source) for event in batch]
        view.merge()
        yield entries


def _events(number: int, count: int) -> Iterator[Event]:
    """One verified event under other ids and case tokens: no rebuild looks at signatures."""
    record = published(1, "held")[0]
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


def published(events: int, seed: str) -> list[Inbound]:
    """Events as a router reads them, of three parts for one addressee, each of its own case."""
    bus = begun()
    return [bus.inbound(seed=f"{seed} {at}", case=f"{seed} {at}") for at in range(events)]


def _per_event(name: str, seconds: list[float], events: int) -> Figure:
    return Figure(name, "µs CPU", tuple(one / events * 1e6 for one in seconds))
