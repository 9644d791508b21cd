"""One principal's own connections to the brokers, and what comes of trying."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.commit import OffsetCommitRequest
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import InitProducerIdRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from services.platform.kafka.connection.connection import client_options
from services.play.certificates.ca import ensure_certificate
from services.play.kafka.cluster import Cluster
from tests.patience import PATIENCE

GOOD: Final = 0
AGAIN: Final = frozenset(
    {3, 5, 6, 14, 15, 16, 51}
)  # not there yet, no leader, loading, moved, busy
DENIED: Final = frozenset({29, 30, 31, 53})  # topic, group, cluster, transactional id


@dataclass(frozen=True, slots=True)
class Places:
    """Where requests are answered: known to `admin`, hidden from most.

    Attributes:
        leaders: topic -> broker that leads its partition 0.
        publishing, committing: transactional id, group -> the broker that coordinates it.
    """

    leaders: Mapping[str, int]
    publishing: Mapping[str, int]
    committing: Mapping[str, int]


class Caller:
    """A principal."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self._client = client

    @property
    def brokers(self) -> list[int]:
        """All brokers: even who has no right is told of them."""
        return sorted(one.nodeId for one in self._client.cluster.brokers())

    async def sees(self) -> dict[str, int]:
        """The topics that it is told of -> leader of partition 0."""
        answer = await self._client.send(self.brokers[0], MetadataRequest(None, False))
        return {
            topic: next(leader for _, number, leader, *_ in parts if number == 0)
            for _, topic, _, parts in answer.topics
        }

    async def reads(self, leaders: Mapping[str, int]) -> dict[str, bool]:
        """Topic -> whether a fetch of its first records is answered."""

        def request(names: list[str]) -> FetchRequest:
            return FetchRequest(0, 0, 1 << 20, 1, [(name, [(0, 0, 1 << 16)]) for name in names])

        return await self._each(leaders, request)

    async def writes(self, leaders: Mapping[str, int]) -> dict[str, bool]:
        """Topic -> whether a record is taken."""

        def request(names: list[str]) -> ProduceRequest:
            return ProduceRequest(None, -1, 30_000, [(name, [(0, _batch())]) for name in names])

        return await self._each(leaders, request)

    async def publishes_as(self, places: Mapping[str, int]) -> dict[str, bool]:
        """Transactional id -> whether it may be initialised, which fences whoever has it."""
        return await self._by_name(
            places,
            lambda name: InitProducerIdRequest(name, 10_000),
            lambda answer: answer.error_code,
        )

    async def commits_offsets(self, places: Mapping[str, int], topic: str) -> dict[str, bool]:
        """Group -> whether offsets of a topic may be committed in it."""
        return await self._by_name(
            places,
            lambda name: OffsetCommitRequest(name, -1, "", -1, [(topic, [(0, 0, "")])]),
            lambda answer: answer.topics[0][1][0][1],
        )

    async def _by_name(
        self, places: Mapping[str, int], request: Callable[[str], Any], code: Callable[[Any], int]
    ) -> dict[str, bool]:
        """Name -> whether what is asked of it where it lies is done; asked again until settled."""

        async def one(name: str) -> int:
            return code(await self._client.send(places[name], request(name)))

        return {name: await _settled(partial(one, name)) for name in places}

    async def _each(
        self, leaders: Mapping[str, int], request: Callable[[list[str]], Any]
    ) -> dict[str, bool]:
        """One request for all topics of a broker; what is not settled is asked again."""
        found: dict[str, bool] = {}
        async with asyncio.timeout(PATIENCE):
            while left := [name for name in leaders if name not in found]:
                for node in {leaders[name] for name in left}:
                    names = [name for name in left if leaders[name] == node]
                    answer = await self._client.send(node, request(names))
                    codes = {name: parts[0][1] for name, parts in answer.topics}
                    found |= {n: _allowed(code) for n, code in codes.items() if code not in AGAIN}
                await asyncio.sleep(0.05)
        return found


async def places(caller: Caller, ids: Iterable[str], groups: Iterable[str]) -> Places:
    """Where everything lies, asked as `admin`."""

    async def coordinator(name: str, kind: int) -> int:
        async with asyncio.timeout(PATIENCE):
            while True:
                request = FindCoordinatorRequest(name, kind)
                answer = await caller._client.send(caller.brokers[0], request)
                if answer.error_code == GOOD:
                    return int(answer.coordinator_id)
                await asyncio.sleep(0.1)

    return Places(
        await caller.sees(),
        {name: await coordinator(name, 1) for name in ids},
        {name: await coordinator(name, 0) for name in groups},
    )


@asynccontextmanager
async def calling(secure: Cluster, principal: str) -> AsyncIterator[Caller]:
    """Connect as somebody whom the cluster's authority knows."""
    assert secure.tls is not None
    options = client_options(ensure_certificate(secure.tls, principal))
    client = AIOKafkaClient(bootstrap_servers=secure.bootstrap, **options)
    try:
        await client.bootstrap()
        yield Caller(client)
    finally:
        await client.close()


def _allowed(code: int) -> bool:
    """Denied by an authorizer, or let past it: whatever comes then is about something else."""
    return code not in DENIED


async def _settled(ask: Callable[[], Awaitable[int]]) -> bool:
    async with asyncio.timeout(PATIENCE):
        while (code := await ask()) in AGAIN:
            await asyncio.sleep(0.05)
    assert code == GOOD or code in DENIED, code
    return code == GOOD


def _batch() -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1024)
    builder.append(0, 0, b"key", b"tried", [])
    return bytes(builder.build())
