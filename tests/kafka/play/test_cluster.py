"""Three nodes with mutual TLS: how they start."""

from __future__ import annotations

import asyncio

import pytest

from contracts.errors import UsageError
from services.play.kafka import brokers
from services.play.kafka.cluster import Cluster

pytestmark = [pytest.mark.kafka, pytest.mark.anyio]


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
