"""What inboxes said, kept on disk: a start on it is a start on Kafka alone, wherever the one before ended."""

from __future__ import annotations

import random
import stat
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import lmdb
import pytest
from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.keys.directory import Directory
from contracts.vocabulary import topics
from contracts.vocabulary.schema import router_urn
from services.agency.loops.inbox_reader import Incoming
from services.agency.loops.inbox_recall import Recall
from services.agency.loops.inbox_store import InboxMemory, InboxStore, opened, replaced
from services.agency.loops.own_outbox import OwnOutboxes
from services.agency.office.fold import Fold
from services.agency.office.identity import Inboxes
from services.agency.office.office import Office
from services.platform.kafka.log_reader import LogReader
from services.platform.process.metrics import Metrics
from services.platform.store.owned import NotBelievedError, OwnedStore
from services.play.demo.screen import Teller
from services.play.demo.stories import play_all
from tests.services.agency.bench import Clock, record_of
from tests.services.agency.loops.test_own_outbox import Kafka as Outboxes
from tests.world import MARKER, World

pytestmark = pytest.mark.anyio

AGENCY = "child_welfare"


@lru_cache(maxsize=1)
def world() -> World:
    """The five stories, and in each partition records that do not verify, name nobody, or come twice."""
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


@dataclass
class Kafka:
    """The agency's inboxes, of which what lies before `begin` has gone."""

    begin: Mapping[TopicPartition, int] = field(default_factory=dict)
    end: Mapping[TopicPartition, int] = field(default_factory=dict)
    rows: Callable[[TopicPartition], list[Inbound]] = lambda place: world().topics[
        place.topic, place.partition
    ]

    async def begins(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """What is kept."""
        return {place: self.begin.get(place, 0) for place in places}

    async def ends(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """What was written so far."""
        return {place: self.end.get(place, len(self.rows(place))) for place in places}

    async def pick(
        self, wanted: Mapping[TopicPartition, Iterable[int]]
    ) -> dict[tuple[TopicPartition, int], Inbound]:
        """Single records."""
        return {
            (place, at): self.rows(place)[at]
            for place, offsets in wanted.items()
            for at in offsets
            if at >= self.begin.get(place, 0)
        }

    async def read(
        self, starts: Mapping[TopicPartition, int], size: int
    ) -> AsyncIterator[list[Inbound]]:
        """Batches of a place, one place after the other."""
        ends = await self.ends(starts)
        for place, start in starts.items():
            rows = self.rows(place)[start : ends[place]]
            for at in range(0, len(rows), size):
                yield rows[at : at + size]


class KilledError(BaseException):
    """As `kill -9` would end a process there."""


class Turned(Incoming):
    """Inboxes whose directories are what a test makes of them."""

    turn: Callable[[Directory], Directory]

    def directories(self) -> dict[str, Directory]:
        """Of each realm."""
        return {realm: self.turn(one) for realm, one in super().directories().items()}


@dataclass
class Service:
    """An agency's service as it starts: own outboxes, then its inboxes."""

    home: Path
    directory: Callable[[Directory], Directory] = lambda one: one
    desks: frozenset[str] = frozenset()
    read: int = 0
    metrics: Metrics = field(default_factory=lambda: Metrics(AGENCY))
    memory: InboxMemory = field(default_factory=lambda: InboxMemory(None, {}))

    async def start(
        self, kafka: Kafka, *, store: bool = True, kill_at: int = -1, size: int = 7
    ) -> Fold:
        """One life, after which the one before has ended; what it folded."""
        self.memory.close()
        self.metrics, self.read = Metrics(AGENCY), 0
        office = Office(world().offices[AGENCY].agency)
        await OwnOutboxes(office).read(cast("LogReader", Outboxes(world())), world().clock.now())
        inboxes: Inboxes = {
            topics.inbox(realm, AGENCY): (realm, self.desks or frozenset(office.agency.desks))
            for realm in office.agency.realms
        }
        incoming = Turned(office, Clock(world()), inboxes)
        incoming.turn = self.directory
        begins = await kafka.begins(incoming.places)
        self.memory = InboxMemory(None, {name: desks for name, (_, desks) in inboxes.items()})
        incoming.memory = self.memory
        if store:
            self.memory.store = await opened(self.path, AGENCY, self.metrics)
        incoming.begin(begins)
        starts = begins
        if (kept := self.memory.store) is not None:
            try:
                recall = Recall(kept, incoming, cast("LogReader", kafka), begins)
                starts = begins | await recall.fold(await kafka.ends(begins))
            except NotBelievedError as error:
                self.memory.store = replaced(kept, str(error), self.metrics)
        async for batch in kafka.read(starts, size):
            kill_at -= 1
            if kill_at == 0:
                raise KilledError
            self.read += len(batch)
            await incoming.handle([record_of(row) for row in batch])
            assert incoming.failure == ""
        self.counts = incoming.taken, incoming.failed, incoming.unreadable
        return office.fold

    @property
    def path(self) -> Path:
        """Where the store lies."""
        return self.home / "state" / f"inbox-{AGENCY}.lmdb"

    def refused(self) -> set[str]:
        """Why stores were not believed."""
        return {
            sample.labels["code"]
            for metric in self.metrics.stores_refused.collect()
            for sample in metric.samples
            if sample.name.endswith("_total")
        }


def parts(fold: Fold) -> tuple[Any, ...]:
    """All that any answer is made of."""
    return fold.desks, fold._cases, vars(fold.new_cases)


def places() -> list[TopicPartition]:
    """Those in which something lies."""
    return [
        TopicPartition(name, number)
        for (name, number), rows in world().topics.items()
        if ".inbox." in name and name.endswith(AGENCY) and rows
    ]


@pytest.mark.parametrize("seed", range(6))
async def test_killed_anywhere_it_is_a_start_on_kafka_alone(tmp_path: Path, seed: int) -> None:
    """While records come, and old ones go: the same arrivals, names, duties, numbers and counts."""
    chance, service = random.Random(seed), Service(tmp_path)
    kafka = Kafka()
    for _ in range(8):
        for place in places():
            size = len(world().topics[place.topic, place.partition])
            end = chance.randint(kafka.end.get(place, 0), size)
            gone = kafka.begin.get(place, 0)
            begin = chance.randint(gone, max(gone, end // 3)) if seed % 2 else 0
            kafka = replace(
                kafka, end={**kafka.end, place: end}, begin={**kafka.begin, place: begin}
            )
        with suppress(KilledError):
            await service.start(
                kafka, kill_at=chance.choice((-1, 1, 2, 3)), size=chance.choice((1, 3, 9))
            )
    kafka = replace(kafka, end={})
    kept = await service.start(kafka)
    counts, read = service.counts, service.read
    await service.start(kafka)
    again = service.read
    alone = Service(tmp_path / "other")
    fresh = await alone.start(kafka, store=False)

    assert parts(kept) == parts(fresh)
    assert counts == alone.counts
    assert read < alone.read
    assert again == 0
    assert service.refused() == set()
    assert alone.counts[1] > 0


async def test_no_content_and_nobody_elses_eyes(tmp_path: Path) -> None:
    """Claims alone lie there: no part, no body, no marked text; mode 0600."""
    service = Service(tmp_path)
    await service.start(Kafka())
    service.memory.close()
    data = service.path.read_bytes()

    assert b'"seq":' in data
    assert MARKER.encode() not in data
    assert b'"parts"' not in data
    assert stat.S_IMODE(service.path.stat().st_mode) == 0o600


async def test_rows_of_what_kafka_has_no_more_are_deleted(tmp_path: Path) -> None:
    """At the start at which one without a store would not know them any more."""
    service, place = Service(tmp_path), max(places(), key=lambda one: len(Kafka().rows(one)))
    kafka = Kafka(end=dict.fromkeys(places(), 2))
    await service.start(kafka)
    size = len(kafka.rows(place))
    assert size > 3

    fold = await service.start(Kafka(begin={place: size - 1}))
    store = service.memory.store
    assert store is not None
    left = [offset for offset, _, _ in store.said(place, 0)]

    assert left == [size - 1]
    assert parts(fold) == parts(
        await Service(tmp_path / "b").start(Kafka(begin={place: size - 1}), store=False)
    )


def _another_record(kafka: Kafka, place: TopicPartition) -> Kafka:
    rows = list(kafka.rows(place))
    rows[-1] = replace(rows[-1], value=b"another")
    return replace(kafka, rows=lambda at: rows if at == place else kafka.rows(at))


def _shorter(kafka: Kafka, place: TopicPartition) -> Kafka:
    return replace(kafka, end={place: len(kafka.rows(place)) - 1})


def _revoked(directory: Directory) -> Directory:
    """One in which some desk's signing key ends earlier."""
    keys = {
        kid: key if key.owner == router_urn(directory.realm) else replace(key, not_after=1)
        for kid, key in directory.signing.items()
    }
    return replace(directory, signing=keys)


def _other_router(directory: Directory) -> Directory:
    keys = {
        kid: key
        for kid, key in directory.signing.items()
        if key.owner != router_urn(directory.realm)
    }
    return replace(directory, signing=keys)


def _router_ends(directory: Directory) -> Directory:
    router = router_urn(directory.realm)
    keys = {
        kid: replace(key, not_after=1) if key.owner == router else key
        for kid, key in directory.signing.items()
    }
    return replace(directory, signing=keys)


@pytest.mark.parametrize(
    ("why", "changed", "more"),
    [
        ("foreign", _another_record, {}),
        ("ahead", _shorter, {}),
        ("keys", None, {"directory": _revoked}),
        ("keys", None, {"directory": _other_router}),
        ("desks", None, {"desks": frozenset(("crip",))}),
    ],
)
async def test_what_kafka_and_directory_do_not_bear_out_is_refused(
    tmp_path: Path,
    why: str,
    changed: Callable[[Kafka, TopicPartition], Kafka] | None,
    more: dict[str, Any],
) -> None:
    """By name, before anything of it is folded: all is read anew."""
    first, place = Service(tmp_path), places()[0]
    await first.start(Kafka())
    first.memory.close()
    kafka = changed(Kafka(), place) if changed else Kafka()
    service = Service(tmp_path, **more)

    await service.start(kafka)
    total = sum((await kafka.ends(places())).values())

    assert service.refused() == {why}
    assert service.read == total


@pytest.mark.parametrize("changed", [_other_router, _revoked, _router_ends])
@pytest.mark.parametrize("lives", [1, 2])
async def test_a_key_that_changes_while_it_runs_is_refused_at_the_next_start(
    tmp_path: Path, changed: Callable[[Directory], Directory], lives: int
) -> None:
    """More records under the new directory do not hide what was verified under the old one."""
    service, agency = Service(tmp_path), world().offices[AGENCY].agency
    for _ in range(lives):
        await service.start(Kafka())
    memory, taken_to = service.memory, {}
    assert memory.store is not None
    for place in places():
        realm = place.topic.split(".")[1]
        directory = changed(agency.in_force(realm, world().clock.now())[1])
        rows = Kafka().rows(place)
        for offset, desk, said in list(memory.store.said(place, 0)):
            memory.note(rows[offset], realm, desk, said, directory)
        memory.last(rows[-1])
        taken_to[place] = len(rows)
    memory.write(taken_to)

    service.directory = changed
    await service.start(Kafka())

    assert service.refused() == {"keys"}


async def test_a_damaged_one_is_refused(tmp_path: Path) -> None:
    """A byte that is another."""
    service = Service(tmp_path)
    await service.start(Kafka())
    service.memory.close()
    data = service.path.read_bytes()
    service.path.write_bytes(data.replace(b'"seq":', b'"sep":'))

    fold = await service.start(Kafka())

    assert service.refused() == {"damaged"}
    assert parts(fold) == parts(await Service(tmp_path / "b").start(Kafka(), store=False))


async def test_no_room_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fold is in memory: the service goes on without, and the next start reads what is not kept."""
    service = Service(tmp_path)

    def full(*_args: object) -> None:
        raise lmdb.DiskError("no space")

    with monkeypatch.context() as patched:
        patched.setattr(OwnedStore, "write_rows", full)
        fold = await service.start(Kafka())
        assert service.memory.store is None
    again = await service.start(Kafka())

    assert parts(fold) == parts(again)
    assert service.read > 0


def test_one_of_another_agency_is_not_its_own(tmp_path: Path) -> None:
    """Whoever mixes up two files."""
    path = tmp_path / "state" / "one.lmdb"
    store = InboxStore(path, "education")
    store.write_rows([], {})
    store.close()
    from services.platform.store.owned import look_at

    with pytest.raises(NotBelievedError, match="foreign"):
        InboxStore(path, AGENCY).told(look_at(path))
