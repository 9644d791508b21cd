"""Three nodes with mutual TLS: they let in whom a right lets in, and outlive the loss of one."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient

from contracts.errors import UsageError
from contracts.kafka.topic_plan import PlannedTopic
from contracts.vocabulary.principals import ADMIN
from services.operate.topics import apply_topics
from services.platform.kafka.connection.certificate_folder import tls_of
from services.platform.kafka.connection.connection import client_options
from services.play.kafka import brokers
from services.play.kafka.cluster import Cluster
from tests.patience import PATIENCE
from tests.ports import free_port

pytestmark = [pytest.mark.kafka, pytest.mark.anyio]


def client(secure: Cluster, principal: str) -> dict[str, Any]:
    """Addresses and certificates of a principal's clients."""
    assert secure.tls is not None
    tls = client_options(tls_of(secure.tls, principal))
    return {"bootstrap_servers": secure.bootstrap, **tls}


async def make_topic(secure: Cluster, name: str) -> None:
    """One partition on all three nodes."""
    assert secure.tls is not None
    admin = tls_of(secure.tls, ADMIN)
    await apply_topics(secure.bootstrap, [PlannedTopic(name, 1)], replicas=3, tls=admin)


@asynccontextmanager
async def metadata(**options: Any) -> AsyncIterator[AIOKafkaClient]:
    """A client that has asked once who is there."""
    one = AIOKafkaClient(**options)
    try:
        await one.bootstrap()
        yield one
    finally:
        await one.close()


async def write(options: dict[str, Any], topic: str, *values: bytes) -> None:
    """Write so that two nodes have it."""
    async with AIOKafkaProducer(acks="all", request_timeout_ms=20_000, **options) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def read(options: dict[str, Any], topic: str, count: int) -> list[bytes]:
    """The first records of a topic."""
    consumer = AIOKafkaConsumer(topic, auto_offset_reset="earliest", **options)
    async with consumer, asyncio.timeout(PATIENCE):
        return [(await consumer.getone()).value for _ in range(count)]


async def in_sync(secure: Cluster, topic: str) -> set[int]:
    """Nodes that hold all of a topic's one partition."""
    async with metadata(**client(secure, ADMIN)) as one:
        await one.set_topics([topic])
        await one.force_metadata_update()
        return set(one.cluster._partitions[topic][0].isr)


async def test_a_node_that_dies_and_its_disk_stop_nothing(secure: Cluster) -> None:
    """Killed, the others go on; started on an empty disk, it fetches what it had, as the same node."""
    await make_topic(secure, "relais.t.dying")
    options = client(secure, ADMIN)
    await write(options, "relais.t.dying", b"before")
    was = secure.node(1)

    assert await asyncio.to_thread(brokers.stop_node, secure.path, 1, kill=True)
    assert set(brokers.status(secure.path).pids) == {"kafka-2", "kafka-3"}
    assert not brokers.status(secure.path).running
    await write(options, "relais.t.dying", b"while it is away")
    shutil.rmtree(was.data)
    back = await asyncio.to_thread(brokers.start_node, secure.path, 1)

    assert (back.port, back.controller_port) == (was.port, was.controller_port)
    assert back.pid != was.pid
    deadline = time.monotonic() + PATIENCE
    while await in_sync(secure, "relais.t.dying") != {1, 2, 3}:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
    assert await read(options, "relais.t.dying", 2) == [b"before", b"while it is away"]


async def test_a_second_start_finds_what_runs(secure: Cluster) -> None:
    """The same nodes, ports and processes; another form of Kafka in their folder is refused."""
    again = await asyncio.to_thread(brokers.start, secure.path, nodes=3, tls=secure.tls)

    assert again.bootstrap == secure.bootstrap
    assert again.pids == brokers.status(secure.path).pids
    with pytest.raises(UsageError, match="kafka_has_other_nodes"):
        brokers.start(secure.path, nodes=5, tls=secure.tls)
    with pytest.raises(UsageError, match="kafka_runs_elsewhere"):
        brokers.start(secure.path, nodes=3)
    with pytest.raises(UsageError, match="unknown_node"):
        brokers.start_node(secure.path, 4)


@pytest.mark.slow
async def test_clients_are_sent_to_the_proxy_they_are_told_of(tmp_path: Path) -> None:
    """A node in the clear, behind a proxy that is not there: the node runs, clients hear of it."""
    proxy = free_port()
    found = await asyncio.to_thread(brokers.start, tmp_path, nodes=1, advertise={1: proxy})
    try:
        straight = f"127.0.0.1:{found.nodes[0].port}"
        async with metadata(bootstrap_servers=straight) as one:
            told = {broker.port for broker in one.cluster.brokers()}
    finally:
        await asyncio.to_thread(brokers.stop, tmp_path)

    assert told == {proxy}
    assert found.bootstrap == f"127.0.0.1:{proxy}"
    assert not brokers.status(tmp_path).pids
