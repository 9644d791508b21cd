"""Topics for each test alone, on the run's one broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from contracts.encoding import b64u
from contracts.kafka.topic_plan import PlannedTopic
from services.operate.topics import apply_topics
from tests.kafka import kit


@pytest.fixture
async def fresh(broker: str, tmp_path: Path) -> AsyncIterator[str]:
    """Bootstrap address of the run's broker without any topic of Relais, before and after."""
    kit.move_clock(tmp_path)
    await delete_topics(broker)
    yield broker
    await delete_topics(broker)


async def delete_topics(bootstrap: str, **client: Any) -> None:
    """Delete every topic of Relais; their committed offsets go with them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **client)
    await admin.start()
    try:
        while names := [name for name in await admin.list_topics() if name.startswith("relais.")]:
            await admin.delete_topics(names)
    finally:
        await admin.close()


@pytest.fixture
async def topic(broker: str, request: pytest.FixtureRequest) -> str:
    """A topic of two partitions for one test, which takes batches of 20,000 bytes at most."""
    name = "test-" + b64u(request.node.name.encode())[:60].lower().replace("_", "-")
    configs = (("max.message.bytes", "20000"), ("message.timestamp.type", "LogAppendTime"))
    await apply_topics(broker, [PlannedTopic(name, 2, configs)])
    return name
