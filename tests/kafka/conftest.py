"""A broker of its own for each test of a whole realm: topic names are the realm's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.encoding import b64u
from services.local.fetch import fetch_jars
from services.local.node import running_broker
from services.local.topics import Topic, create_topics
from tests.kafka import kit


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs Apache Kafka."""
    for item in items:
        if "fresh" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.kafka)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[str]:
    """Bootstrap address of a broker without any topic."""
    fetch_jars()
    kit.move_clock(tmp_path)
    with running_broker(tmp_path / "kafka") as bootstrap:
        yield bootstrap


@pytest.fixture
async def topic(broker: str, request: pytest.FixtureRequest) -> str:
    """A topic of two partitions for one test, which takes batches of 20,000 bytes at most."""
    name = "test-" + b64u(request.node.name.encode())[:60].lower().replace("_", "-")
    configs = {"max.message.bytes": "20000", "message.timestamp.type": "LogAppendTime"}
    await create_topics(broker, [Topic(name, 2, configs)])
    return name
