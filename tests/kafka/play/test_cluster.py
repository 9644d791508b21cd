"""Three nodes with mutual TLS, and one behind a proxy: how they start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient

from contracts.errors import UsageError
from services.play.kafka import brokers
from services.play.kafka.cluster import Cluster
from tests.ports import free_port

pytestmark = [pytest.mark.kafka, pytest.mark.anyio]


@asynccontextmanager
async def metadata(**options: Any) -> AsyncIterator[AIOKafkaClient]:
    """A client that has asked once who is there."""
    one = AIOKafkaClient(**options)
    try:
        await one.bootstrap()
        yield one
    finally:
        await one.close()


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
