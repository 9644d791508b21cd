"""One agency's HTTP over a world in memory: the real app, office and publisher, no Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.routing import Mount

from contracts.envelope.wire import Outbound
from contracts.proof.note_keys import NoteKey, NoteSigner
from services.agency.http.bearer_tokens import Tokens
from services.agency.http.desk_request import Parts
from services.agency.http.routes import create_app
from services.agency.loops.incoming import Incoming
from services.agency.loops.own_outbox import OwnOutboxes
from services.agency.loops.publisher import Publisher
from services.agency.office.office import Office
from services.agency.witness import LogWitness
from services.platform.keys.keystore import hashed
from services.platform.process.clock import SystemClock
from services.platform.process.metrics import Metrics
from services.platform.store.memory import Memory
from tests.ports import in_thread, on_port
from tests.samples import kinds
from tests.simulation.planted_log import PlantedKafka, PlantedReader
from tests.world import World


def token(desk: str) -> str:
    """The bearer token of a desk in tests."""
    return f"token of {desk}"


def bearer(desk: str, **more: str) -> dict[str, str]:
    """Headers of a desk's request."""
    return {"Authorization": f"Bearer {token(desk)}", **more}


@dataclass
class Writes:
    """Writes into the world's topics; can be made to fail or to hang."""

    world: World
    error: Exception | None = None
    hang: asyncio.Event | None = None
    batches: list[int] = field(default_factory=list)

    async def write(self, records: Sequence[Outbound]) -> None:
        if self.hang is not None:
            await self.hang.wait()
        if self.error is not None:
            raise self.error
        self.batches.append(len(records))
        for record in records:
            self.world.write(record)


@dataclass
class Bench:
    """An agency's service in memory."""

    world: World
    office: Office
    writes: Writes
    reader: PlantedReader
    incoming: Incoming
    publisher: Publisher
    client: httpx.AsyncClient
    parts: Parts
    app: FastAPI

    def settle(self) -> None:
        self.world.settle()

    async def post(
        self, who: str, record: Any = None, path: str = "/v1/referrals", key: str | None = None
    ) -> httpx.Response:
        headers = bearer(who) | ({} if key is None else {"Idempotency-Key": key})
        return await self.client.post(path, json=record, headers=headers)

    async def sent(self, who: str, record: Any, path: str = "/v1/referrals") -> str:
        """The event that something became, and that was routed."""
        answer = await self.post(who, record, path)
        self.settle()
        event: str = answer.json()["events"][0]
        return event

    async def get(self, who: str, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(path, headers=bearer(who), params=params or None)

    async def items(self, who: str, path: str, **params: Any) -> list[dict[str, Any]]:
        """The rows of a list."""
        found: list[dict[str, Any]] = (await self.get(who, path, **params)).json()["items"]
        return found


@asynccontextmanager
async def serving(agency: str, world: World | None = None) -> AsyncIterator[Bench]:
    """An agency's service over a world."""
    world = world or World()
    office, clock = world.offices[agency], world.clock
    writes, reader = Writes(world), PlantedKafka(world.topics).reader()
    incoming = Incoming(office, clock, office.agency.inboxes(clock.now()), reader)
    publisher = Publisher(office, writes, clock)
    publisher.ready = True
    tokens = Tokens({desk: hashed(token(desk)) for desk in office.agency.desks})
    metrics = Metrics(agency)
    of_agency = kinds(agency)
    parts = Parts(office, tokens, clock, metrics, incoming, of_agency, publisher)
    app = create_app(parts)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    running = asyncio.create_task(publisher.run())
    try:
        async with reader, httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield Bench(world, office, writes, reader, incoming, publisher, client, parts, app)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def revive(world: World, agency: str) -> Office:
    """The agency's process died: a new office that knows only what Kafka holds, outboxes first."""
    office, at = Office(world.offices[agency].agency), world.clock.now()
    async with PlantedKafka(world.topics).reader() as reader:
        await OwnOutboxes(office).read(reader, at)
        incoming = Incoming(office, world.clock, office.agency.inboxes(at), reader)
        incoming.begin(begins := await reader.begins(incoming.places))
        async for batch in reader.read(begins):
            await incoming.take(batch)
    world.offices[agency] = office
    return office


@asynccontextmanager
async def _served(witness: LogWitness) -> AsyncIterator[str]:
    async with serving("justice") as bench:
        bench.parts.witness = witness
        async with on_port([Mount("/", app=bench.app)]) as url:
            yield f"{url}/witness"


def witness_server(
    folder: Path, own: NoteSigner, logs: Mapping[str, Sequence[NoteKey]]
) -> AbstractContextManager[str]:
    """A witness over HTTP while the block lasts; yields its address."""
    return in_thread(_served(LogWitness(folder, Memory(None), own, logs, SystemClock())))
