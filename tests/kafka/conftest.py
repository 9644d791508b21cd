"""Topics for each test alone, on the run's one broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from contracts.vocabulary.principals import ADMIN
from services.operate.rights import apply_rights
from services.platform.kafka.connection.connection import Tls, client_options
from services.play.certificates.ca import ensure_certificate
from services.play.kafka.cluster import Cluster
from tests.kafka import kit


@pytest.fixture
async def fresh(broker: str, tmp_path: Path) -> AsyncIterator[str]:
    """Bootstrap address of the run's broker without any topic of Relais, before and after."""
    kit.move_clock(tmp_path)
    await delete_topics(broker)
    yield broker
    await delete_topics(broker)


async def delete_topics(bootstrap: str, begin: str = "relais.", **client: Any) -> None:
    """Delete every topic with this beginning; their committed offsets go with them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **client)
    await admin.start()
    try:
        while names := [name for name in await admin.list_topics() if name.startswith(begin)]:
            await admin.delete_topics(names)
    finally:
        await admin.close()


def certificate(cluster: Cluster, principal: str = ADMIN) -> Tls:
    """A principal's, by the cluster's authority, which makes it if there is none."""
    assert cluster.tls is not None
    return ensure_certificate(cluster.tls, principal)


async def clear(secure: Cluster) -> None:
    """Take away every right, limit and topic of ours."""
    admin = certificate(secure)
    await apply_rights(secure.bootstrap, [], [], tls=admin, prune=True)
    await delete_topics(secure.bootstrap, **client_options(admin))
