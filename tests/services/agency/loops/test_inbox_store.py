"""What inboxes said, kept on disk: a start on it is a start on Kafka, at any end."""

from __future__ import annotations

import math
import random
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.keys.directory import Directory
from contracts.vocabulary import topics
from contracts.vocabulary.schema import router_urn
from services.agency.loops.inbox_store import InboxMemory, InboxStore, inbox_place
from services.agency.loops.incoming import Incoming
from services.agency.loops.own_outbox import OwnOutboxes
from services.agency.office.awaited import AwaitedRecords
from services.agency.office.fold.agency_fold import Fold
from services.agency.office.office import Office
from services.agency.start import subscribe
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.store import owned
from services.platform.store.owned import OwnedStore
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
    changed: Mapping[Place, Sequence[Inbound]] = MappingProxyType({}), **more: Any
) -> PlantedKafka:
    """The world's, of which some partitions are others."""
    return PlantedKafka({**world().topics, **changed}, **more)


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
    desks: tuple[str, ...] = ()
    read: int = 0
    metrics: Metrics = field(default_factory=lambda: Metrics(AGENCY))
    memory: InboxMemory = field(default_factory=InboxMemory)
    incoming: Incoming = field(init=False)

    async def start(self, kafka: PlantedKafka | None = None, *, store: bool = True) -> Fold:
        """One life, after which the one before has ended; what it folded."""
        self.memory.close()
        self.metrics, place = Metrics(AGENCY), None
        agency, now = world().offices[AGENCY].agency, world().clock.now()
        office = Office(replace(agency, desks=self.desks or agency.desks))
        inboxes = office.agency.inboxes(now)
        logs = product(office.agency.realms, range(world().partitions))
        awaited = {log: AwaitedRecords() for log in logs}
        if store:
            place = inbox_place(self.path.parent, AGENCY, self.metrics, ServiceHealth())
            await place.open(InboxStore.check)
        self.memory = InboxMemory(place, inboxes)
        async with (kafka or kafka_of()).reader() as reader, AsyncExitStack() as stack:
            await OwnOutboxes(office).read(reader, now)
            given = office, world().clock, inboxes, reader
            self.incoming = incoming = Turned(*given, memory=self.memory, awaited=awaited)
            incoming.turn = self.directory
            source = Mock(start=partial(self._read, reader), stop=AsyncMock())
            source.consumer.position = AsyncMock(return_value=math.inf)
            await subscribe(reader, source, incoming, stack)
        assert incoming.failure == ""
        return office.fold

    async def _read(self, reader: PlantedReader, starts: dict[TopicPartition, int]) -> None:
        """All that lies behind these, at once."""
        self.read, begins = 0, await reader.begins(self.incoming.places)
        async for batch in reader.read(begins | starts):
            self.read += len(batch)
            await self.incoming.take(batch)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Of records in the last life."""
        return self.incoming.taken, self.incoming.failed, self.incoming.unreadable

    @property
    def path(self) -> Path:
        return self.home / "state" / f"inbox-{AGENCY}.sqlite"

    def refused(self) -> set[str]:
        """Why stores were not believed."""
        (metric,) = self.metrics.stores_refused.collect()
        return {one.labels["code"] for one in metric.samples if one.name.endswith("_total")}


def parts(fold: Fold) -> tuple[Any, ...]:
    """All that any answer is made of."""
    return fold.desks, fold._cases


def places() -> list[TopicPartition]:
    """Those in which something lies."""
    return [
        TopicPartition(name, number)
        for (name, number), rows in world().topics.items()
        if ".inbox." in name and name.endswith(AGENCY) and rows
    ]


@pytest.fixture(autouse=True)
def _written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owned, "WRITE_S", 0)


async def test_a_start_on_what_is_kept_is_a_start_on_kafka_alone(tmp_path: Path) -> None:
    """While records come and old ones go: same arrivals, names, duties, numbers, counts."""
    service, alone = Service(tmp_path), Service(tmp_path / "other")
    rows = {place: world().topics[place] for place in places()}
    third = {place: len(own) // 3 for place, own in rows.items()}
    await service.start(kafka_of({place: own[:-1] for place, own in rows.items()}))
    kept = await service.start(kafka_of(begins=third))
    counts, read = service.counts, service.read
    awaited = {place: each.fresh() for place, each in service.incoming.awaited.items()}
    await service.start(kafka_of(begins=third))
    fresh = await alone.start(kafka_of(begins=third), store=False)
    store = service.memory.store
    assert store is not None

    assert not any(list(store.before(place, begin)) for place, begin in third.items())
    assert parts(kept) == parts(fresh)
    assert counts == alone.counts
    assert service.incoming.taken_to == alone.incoming.taken_to
    assert awaited == {place: each.fresh() for place, each in alone.incoming.awaited.items()}
    assert any(awaited.values())
    assert 0 == service.read < read
    assert service.refused() == set()
    assert alone.counts[1] > 0


def keys_change(directory: Directory, whose: str, *, leave: bool = False) -> Directory:
    """One in which the signing keys of desks or of the router end earlier, or have left."""
    router = router_urn(directory.realm)
    found = dict(directory.signing)
    for kid, key in directory.signing.items():
        if (key.owner == router) == (whose == "router"):
            found[kid] = replace(key, not_after=1)
            if leave:
                del found[kid]
    return replace(directory, signing=found)


REVOKED = partial(keys_change, whose="desks")
ROUTER_ENDS = partial(keys_change, whose="router")
OTHER_ROUTER = partial(keys_change, whose="router", leave=True)


@pytest.mark.parametrize(
    ("why", "changed", "more"),
    [
        ("foreign", lambda rows: [*rows[:-1], replace(rows[-1], value=b"another")], {}),
        ("ahead", lambda rows: rows[:-1], {}),
        ("damaged", None, {}),
        ("keys", None, {"directory": REVOKED}),
        ("keys", None, {"directory": OTHER_ROUTER}),
        ("desks", None, {"desks": ("crip",)}),
    ],
)
async def test_what_kafka_and_directory_do_not_bear_out_is_refused(
    tmp_path: Path,
    why: str,
    changed: Callable[[list[Inbound]], list[Inbound]] | None,
    more: dict[str, Any],
) -> None:
    """By name, before anything of it is folded: all is read anew."""
    first, place = Service(tmp_path), places()[0]
    await first.start()
    first.memory.close()
    if why == "damaged":
        first.path.write_bytes(first.path.read_bytes().replace(b'"seq":', b'"sep":'))
    rows = {at: world().topics[at] for at in places()}
    if changed:
        rows[place] = changed(rows[place])
    service = Service(tmp_path, **more)

    await service.start(kafka_of(rows))

    assert service.refused() == {why}
    assert service.read == sum(len(own) for own in rows.values())


@pytest.mark.parametrize("changed", [OTHER_ROUTER, REVOKED, ROUTER_ENDS])
@pytest.mark.parametrize("lives", [1, 2])
async def test_a_key_that_changes_while_it_runs_is_refused_at_the_next_start(
    tmp_path: Path, changed: Callable[[Directory], Directory], lives: int
) -> None:
    """More records under the new directory do not hide what was verified under the old one."""
    service, agency = Service(tmp_path), world().offices[AGENCY].agency
    for _ in range(lives):
        await service.start()
    memory, taken_to = service.memory, {}
    assert memory.store is not None
    for place in places():
        realm = place.topic.split(".")[1]
        directory = changed(agency.in_force(realm, world().clock.now())[1])
        rows = world().topics[place]
        for offset, desk, said in list(memory.store.said(place, 0)):
            memory.note(rows[offset], realm, desk, said, directory)
        memory.last(rows[-1])
        taken_to[place] = len(rows)
    memory.write(taken_to)

    service.directory = changed
    await service.start()

    assert service.refused() == {"keys"}


async def test_no_room_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service goes on without, and says so; the next start reads what is not kept."""
    service = Service(tmp_path)
    full = Mock(side_effect=sqlite3.OperationalError("no space"))

    with monkeypatch.context() as patched:
        patched.setattr(OwnedStore, "write_rows", full)
        fold = await service.start()
        assert service.memory.store is None
        assert service.metrics.store.labels("all")._value.get() == 0
    again = await service.start()

    assert parts(fold) == parts(again)
    assert service.read > 0
    assert service.metrics.store.labels("all")._value.get() == 1
