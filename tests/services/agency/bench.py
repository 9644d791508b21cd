"""One agency's HTTP over a world in memory: the real app, office and publisher, no Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import httpx
from aiokafka import TopicPartition
from fastapi import FastAPI

from contracts.envelope.wire import Inbound, Outbound
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import REALMS
from services.agency.http.bearer_tokens import Tokens, hashed
from services.agency.http.desk_request import Parts
from services.agency.http.routes import create_app
from services.agency.loops.inbox_reader import InboxReader
from services.agency.loops.incoming import Incoming
from services.agency.loops.publisher import Publisher
from services.agency.office.office import Office
from services.agency.office.sending.identity import Inboxes
from services.platform.process.metrics import Metrics
from tests.samples import kinds
from tests.world import World


def token(desk: str) -> str:
    """The bearer token of a desk in tests."""
    return f"token of {desk}"


def bearer(desk: str, **more: str) -> dict[str, str]:
    """Headers of a desk's request."""
    return {"Authorization": f"Bearer {token(desk)}", **more}


@dataclass
class Clock:
    """The world's clock, as a service asks it."""

    world: World

    def now(self) -> int:
        """Seconds."""
        return self.world.clock.now()

    def now_ms(self) -> int:
        """Milliseconds."""
        return self.world.now_ms


@dataclass
class Writes:
    """Writes into the world's topics; can be made to fail or to hang."""

    world: World
    error: Exception | None = None
    hang: asyncio.Event | None = None
    batches: list[int] = field(default_factory=list)

    async def write(self, records: Sequence[Outbound]) -> None:
        """All or nothing."""
        if self.hang is not None:
            await self.hang.wait()
        if self.error is not None:
            raise self.error
        self.batches.append(len(records))
        for record in records:
            self.world.write(record)


@dataclass
class Reader:
    """Reads the world's topics by offset; `kept_from` is what retention left; may hang."""

    world: World
    kept_from: int = 0
    hangs: bool = False

    async def begins(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """First offsets."""
        if self.hangs:
            await asyncio.Event().wait()
        return dict.fromkeys(places, self.kept_from)

    async def pick(
        self, wanted: Mapping[TopicPartition, Iterable[int]]
    ) -> dict[tuple[TopicPartition, int], Inbound]:
        """Single records."""
        return {
            (place, offset): self.world.topics[place.topic, place.partition][offset]
            for place, offsets in wanted.items()
            for offset in offsets
            if offset >= self.kept_from
        }


@dataclass
class Bench:
    """An agency's service in memory."""

    world: World
    office: Office
    writes: Writes
    reader: Reader
    incoming: Incoming
    publisher: Publisher
    client: httpx.AsyncClient
    parts: Parts
    app: FastAPI

    def settle(self) -> None:
        """Route, and let the agencies read."""
        self.world.settle()

    async def post(self, who: str, record: Any, **headers: str) -> httpx.Response:
        """`POST /v1/referrals`."""
        return await self.client.post("/v1/referrals", json=record, headers=bearer(who, **headers))

    async def get(self, who: str, path: str, **params: Any) -> httpx.Response:
        """A GET as a desk."""
        return await self.client.get(path, headers=bearer(who), params=params)


@asynccontextmanager
async def serving(agency: str, world: World | None = None) -> AsyncIterator[Bench]:
    """An agency's service over a world."""
    world = world or World()
    office, clock = world.offices[agency], Clock(world)
    inboxes: Inboxes = {
        topics.inbox(realm, agency): (realm, frozenset(office.agency.desks))
        for realm in REALMS
        if realm in office.agency.realms
    }
    incoming = Incoming(office, clock, inboxes)
    writes, reader = Writes(world), Reader(world)
    publisher = Publisher(office, writes, clock)
    publisher.ready = True
    tokens = Tokens({desk: hashed(token(desk)) for desk in office.agency.desks})
    inbox_reader = InboxReader(reader, inboxes)
    metrics = Metrics(agency)
    parts = Parts(
        office,
        tokens,
        clock,
        metrics,
        incoming,
        kinds(agency),
        publisher,
        inbox_reader,
    )
    app = create_app(parts)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    running = asyncio.create_task(publisher.run())
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield Bench(world, office, writes, reader, incoming, publisher, client, parts, app)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def revive(world: World, agency: str) -> Office:
    """The agency's process died: a new office that knows only what Kafka holds."""
    office = world.offices[agency] = Office(world.offices[agency].agency)
    for desk in office.agency.desks:
        for place in world.routers:
            office.view(desk).numbers.start_at(place, complete=True)
    for (name, number), rows in sorted(world.topics.items()):
        _, realm, kind, owner = (*name.split("."), "")[:4]
        for row in rows:
            if kind == "outbox" and owner == agency:
                office.read_back(row, realm, world.clock.now())
            elif kind == "inbox" and owner == agency:
                office.take(row, (realm, number), office.agency.desks, world.clock.now())
    return office


def record_of(row: Inbound) -> Any:
    """A record as aiokafka hands it over."""
    return SimpleNamespace(
        topic=row.topic, partition=row.partition, offset=row.offset, key=row.key, value=row.value,
        headers=row.headers, timestamp=row.timestamp_ms,
    )  # fmt: skip


def route_only(world: World) -> None:
    """Route what waits; no agency reads yet."""
    offices, world.offices = world.offices, {}
    try:
        world.settle()
    finally:
        world.offices = offices


def corrupt(world: World, topic: str) -> None:
    """Flip one character of the slip of every delivery that lies in a topic."""
    for (name, _), rows in world.topics.items():
        for at, row in enumerate(rows):
            value = row.value or b""
            if name == topic and (found := value.find(b'"slip":"')) > 0:
                place = found + 60
                other = b"A" if value[place : place + 1] != b"A" else b"B"
                rows[at] = replace(row, value=value[:place] + other + value[place + 1 :])
