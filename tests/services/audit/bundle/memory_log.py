"""A world's topics as a log that an audit reads and a bundle is made of; nothing of Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, cast
from unittest.mock import AsyncMock

from aiokafka import TopicPartition
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.envelope.wire import Inbound
from contracts.keys.keyring import Ed25519Signer
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.vocabulary.scopes import REALMS
from services.audit.bundle.export import ExportRequest
from services.audit.bundle.source import open_bundle
from services.audit.bundle.verify import JudgedBundle, judge
from services.audit.source import LogControl, LogSource
from services.audit.verdict import AuditVerdict
from services.audit.whole import replay
from services.platform.kafka.reading.topic_reader import Ahead, TopicReader
from services.play.demo.screen import Teller
from services.play.demo.stories import play_all
from tests.contracts.log.bus import Bus
from tests.world import World, first_orders

AUDITOR = Ed25519Signer(
    "auditor-1", "urn:relais:auditor", Ed25519PrivateKey.from_private_bytes(b"auditor".ljust(32))
)


class BusRows(Mapping[tuple[str, int], list[Inbound]]):
    """What a bus has written, as a consumer hands it over at any moment."""

    def __init__(self, bus: Bus) -> None:
        self._written = bus.written

    def __getitem__(self, place: tuple[str, int]) -> list[Inbound]:
        return [
            Inbound(*place, at, row.key, row.value, tuple(row.headers), 0)
            for at, row in enumerate(self._written[place])
        ]

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


@dataclass
class MemoryLog(LogSource):
    """A log of lists, read by readers of any kind; its orders are read too, or stand already."""

    rows: Mapping[tuple[str, int], list[Inbound]]
    settle_s: float = 0
    kind: Callable[..., TopicReader] = lambda rows: MemoryReader(rows)  # noqa: PLW0108
    registry: Registry | None = None

    def reader(self, _realm: str) -> TopicReader:
        return self.kind(self.rows)

    def control(
        self, realm: str, owners: Owners, pinned: Callable[[], Owners] | None = None
    ) -> LogControl:
        if self.registry is None:
            return super().control(realm, owners, pinned)
        standing = AsyncMock(registry=self.registry)
        standing.refresh.return_value = []
        return cast("LogControl", standing)


@dataclass
class MemoryReader:
    """Stands where `LogReader` does.

    Attributes:
        choose: whose records come next, of places with some left; a topic that is ahead waits.
        size: of a batch, by topic.
        asked: records that were read.
    """

    rows: Mapping[tuple[str, int], list[Inbound]]
    choose: Callable[[list[TopicPartition]], TopicPartition] = itemgetter(0)
    size: Callable[[str], int] = lambda _topic: 7
    asked: int = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def of(self, place: TopicPartition) -> list[Inbound]:
        return self.rows.get((place.topic, place.partition), [])

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Behind the last record that was there."""
        found = {place: self.of(place) for place in partitions}
        return {place: rows[-1].offset + 1 if rows else 0 for place, rows in found.items()}

    async def read(
        self, starts: Mapping[TopicPartition, int | None], is_ahead: Ahead | None = None
    ) -> AsyncGenerator[list[Inbound], None]:
        left = {
            place: [row for row in self.of(place) if row.offset >= (start or 0)]
            for place, start in dict(starts).items()
        }
        while todo := [place for place, rows in left.items() if rows]:
            place = self.choose([one for one in todo if is_ahead and not is_ahead(one)] or todo)
            size = self.size(place.topic)
            batch, left[place] = left[place][:size], left[place][size:]
            self.asked += len(batch)
            yield batch

    def span(
        self, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> AsyncIterator[list[Inbound]]:
        raise NotImplementedError

    async def pick(
        self, wanted: Mapping[TopicPartition, Iterable[int]]
    ) -> dict[tuple[TopicPartition, int], Inbound]:
        return {
            (place, row.offset): row
            for place, offsets in wanted.items()
            for row in self.of(place)
            if row.offset in set(offsets)
        }

    def value(self, place: TopicPartition, offset: int) -> bytes:
        return next(row.value or b"" for row in self.of(place) if row.offset == offset)


def log_of(world: World) -> MemoryLog:
    """A world's topics."""
    return MemoryLog(world.topics)


def owners_of(world: World) -> Owners:
    """Who may order in it: the same keys in both realms, but for the directory's keepers."""
    civil, criminal = (first_orders(name, world.partitions)[0] for name in ("civil", "criminal"))
    return Owners(
        civil.keys, civil.quorum, {**civil.directory, **criminal.directory}, civil.parties
    )


def request_of(world: World, **more: object) -> ExportRequest:
    """What an auditor asks for who wants all."""
    given = {
        "source": log_of(world), "realms": ("civil", "criminal"), "owners": owners_of(world),
        "signer": AUDITOR, "now": world.clock.now(), "program": "relais test",
    }  # fmt: skip
    return ExportRequest(**{**given, **more})  # type: ignore[arg-type]


def out_of(folder: Path, name: str = "bundle.zip") -> Path:
    """Where a bundle goes."""
    return folder / name


def ignored(*_at: int) -> None:
    """A progress that nobody reads."""


@lru_cache(maxsize=1)
def small_world() -> World:
    """One story, played once for all tests that only look."""
    world = World()
    assert play_all(world, Teller(), "A")
    return world


def replayed(
    world: World,
    source: LogSource | None = None,
    realms: Sequence[str] = REALMS,
) -> AuditVerdict:
    """The verdict from a world's log."""
    return asyncio.run(replay(source or log_of(world), realms, owners_of(world), world.clock.now))


def judged(path: Path, world: World, **more: Any) -> AuditVerdict:
    """The verdict from a bundle alone."""
    return whole(path, world, **more).verdict


def whole(
    path: Path,
    world: World,
    *,
    auditor: str = "",
    owners: Owners | None = None,
    after: Path | None = None,
) -> JudgedBundle:
    """All that follows from a bundle alone."""
    with open_bundle(path, auditor) as bundle:
        return judge(bundle, owners or owners_of(world), ignored, after=after)
