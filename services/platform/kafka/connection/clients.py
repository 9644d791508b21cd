"""The one place where clients of Kafka are made: aiokafka's, or a simulation's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient

from services.platform.ports import ports

Read = Callable[[], Coroutine[Any, Any, bytes]]


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka ships no types
    """Asked for offsets of unknown topics, the one below learns one a round of 0.1 s."""

    async def learn(self, names: Iterable[str]) -> None:
        """Ask the brokers about all of these topics in one request, if any is new."""
        known = self._client.cluster.partitions_for_topic
        new = [name for name in names if known(name) is None]
        for name in new:
            self._client.add_topic(name)
        if new:
            await self._client.force_metadata_update()


class Clients:
    """Makes clients; each takes the options of aiokafka's, and is started by who asked for it."""

    def consumer(self, **options: Any) -> Consumer:
        """Who reads."""
        return Consumer(**options)

    def producer(self, **options: Any) -> AIOKafkaProducer:
        """Who writes, in transactions with `transactional_id`."""
        return AIOKafkaProducer(**options)

    def admin(self, **options: Any) -> AIOKafkaAdminClient:
        """Who asks about topics and groups."""
        return AIOKafkaAdminClient(**options)

    def client(self, **options: Any) -> AIOKafkaClient:
        """Who asks what no other client does."""
        return AIOKafkaClient(**options)

    def value(self, _place: TopicPartition, _offset: int, read: Read) -> bytes:
        """One record's value, which `read` reads by clients on a loop of its own; blocks."""
        with ThreadPoolExecutor(1) as thread:  # with our ports: a thread inherits none
            return thread.submit(copy_context().run, lambda: asyncio.run(read())).result()


_REAL: Final = Clients()


def clients() -> Clients:
    """Those of this process."""
    theirs: Clients | None = ports().kafka
    return _REAL if theirs is None else theirs
