"""An agency's service as it starts over its inboxes, in memory: Kafka, lives, what was folded."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.keys.directory import Directory
from contracts.vocabulary import topics
from services.agency.loops.inbox_recall import Recall
from services.agency.loops.inbox_store import InboxMemory, InboxStore, inbox_place
from services.agency.loops.incoming import Incoming
from services.agency.loops.own_outbox import OwnOutboxes
from services.agency.office.awaited import Awaited, AwaitedRecords
from services.agency.office.fold.agency_fold import Fold
from services.agency.office.office import Office
from services.agency.office.sending.identity import Inboxes
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.store.owned import NotBelievedError
from services.play.demo.screen import Teller
from services.play.demo.stories import play_all
from tests.simulation.broker import Place
from tests.simulation.planted_log import PlantedKafka, PlantedReader
from tests.world import World

AGENCY = "child_welfare"


@lru_cache(maxsize=1)
def world() -> World:
    """The six stories, and in each partition records unverified, nameless, or twice."""
    lived = World()
    assert play_all(lived, Teller())
    for realm in ("civil", "criminal"):
        name, chance = topics.inbox(realm, AGENCY), random.Random(1)
        for number in range(lived.partitions):
            rows = lived.topics[name, number]
            for _ in range(2 if rows else 0):
                row = chance.choice(rows)
                cut = replace(row, value=(row.value or b"").replace(b"A", b"B", 1))
                rows.append(chance.choice((row, cut, replace(row, value=b"{}"))))
            lived.topics[name, number] = [replace(row, offset=at) for at, row in enumerate(rows)]
    return lived


def kafka_of(
    changed: Mapping[Place, Sequence[Inbound]] | None = None,
    begins: Mapping[Place, int] | None = None,
) -> PlantedKafka:
    """The world's, of which some partitions are others, and what lies before `begins` has gone."""
    return PlantedKafka({**world().topics, **(changed or {})}, begins=begins)


class Turned(Incoming):
    """Inboxes whose directories are what a test makes of them."""

    turn: Callable[[Directory], Directory]

    def directories(self) -> dict[str, Directory]:
        return {realm: self.turn(one) for realm, one in super().directories().items()}


@dataclass
class Service:
    """An agency's service as it starts: own outboxes, then its inboxes."""

    home: Path
    directory: Callable[[Directory], Directory] = lambda one: one
    desks: frozenset[str] = frozenset()
    read: int = 0
    metrics: Metrics = field(default_factory=lambda: Metrics(AGENCY))
    memory: InboxMemory = field(default_factory=InboxMemory)
    incoming: Incoming = field(init=False)
    awaited: Awaited = field(init=False)

    async def start(self, kafka: PlantedKafka | None = None, *, store: bool = True) -> Fold:
        """One life, after which the one before has ended; what it folded."""
        async with (kafka or kafka_of()).reader() as reader:
            return await self._start(reader, store=store)

    async def _start(self, kafka: PlantedReader, *, store: bool) -> Fold:
        self.memory.close()
        self.metrics, self.read = Metrics(AGENCY), 0
        office = Office(world().offices[AGENCY].agency)
        await OwnOutboxes(office).read(kafka, world().clock.now())
        inboxes: Inboxes = {
            topics.inbox(realm, AGENCY): (realm, self.desks or frozenset(office.agency.desks))
            for realm in office.agency.realms
        }
        self.awaited = {
            (realm, number): AwaitedRecords()
            for realm in office.agency.realms
            for number in range(world().partitions)
        }
        self.incoming = incoming = Turned(
            office, world().clock, inboxes, kafka, awaited=self.awaited
        )
        incoming.turn = self.directory
        begins = await kafka.begins(incoming.places)
        given = self.path.parent, AGENCY, self.metrics, ServiceHealth()
        place = inbox_place(*given) if store else None
        if place is not None:
            await place.open(InboxStore.check)
        incoming.memory = self.memory = InboxMemory(place, inboxes)
        incoming.begin(begins)
        starts = begins
        if (kept := self.memory.store) is not None:
            try:
                recall = Recall(self.memory, kept, incoming, kafka, begins)
                starts = begins | await recall.fold(await kafka.ends(begins))
            except NotBelievedError as error:
                self.memory.refuse(error)
        async for batch in kafka.read(starts):
            self.read += len(batch)
            await incoming.take(batch)
            assert incoming.failure == ""
        self.counts = incoming.taken, incoming.failed, incoming.unreadable
        return office.fold

    @property
    def path(self) -> Path:
        return self.home / "state" / f"inbox-{AGENCY}.sqlite"

    def refused(self) -> set[str]:
        """Why stores were not believed."""
        (metric,) = self.metrics.stores_refused.collect()
        return {one.labels["code"] for one in metric.samples if one.name.endswith("_total")}


def parts(fold: Fold) -> tuple[Any, ...]:
    """All that any answer is made of."""
    return fold.desks, fold._cases, vars(fold.opened)


def places() -> list[TopicPartition]:
    """Those in which something lies."""
    return [
        TopicPartition(name, number)
        for (name, number), rows in world().topics.items()
        if ".inbox." in name and name.endswith(AGENCY) and rows
    ]
