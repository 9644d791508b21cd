"""The contract's Kafkas: simulated, the run's one real node, and at night three nodes with TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from contracts.encoding import sha256
from contracts.kafka.topic_plan import PlannedTopic
from services.platform.kafka.connection.clients import Clients
from services.platform.kafka.connection.connection import client_options
from services.platform.ports import Ports, given
from tests.kafka.conftest import certificate, delete_topics
from tests.simulation.bus import CONFIGS, Tried, simulated
from tests.simulation.loop import SimLoop

HERE = Path(__file__).parent
SIMULATED, REAL, SECURE = "simulated", "kafka", "secure"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to the night what a real Kafka takes long for here, and the simulated one does not."""
    for item in items:
        if not item.path.is_relative_to(HERE):  # pytest hands over those of the whole session
            continue
        if item.get_closest_marker("slow") and item.get_closest_marker("kafka"):
            item.add_marker(pytest.mark.nightly)


@pytest.fixture(
    params=[
        SIMULATED,
        pytest.param(REAL, marks=pytest.mark.kafka),
        pytest.param(SECURE, marks=[pytest.mark.kafka, pytest.mark.nightly]),
    ]
)
def side(request: pytest.FixtureRequest) -> str:
    """Which Kafka it is."""
    return str(request.param)


@pytest.fixture
def anyio_backend(side: str) -> Any:
    """On the simulated Kafka time is virtual too."""
    return ("asyncio", {"loop_factory": SimLoop}) if side == SIMULATED else "asyncio"


@pytest.fixture
def real(side: str, request: pytest.FixtureRequest) -> Tried | None:
    """A real Kafka, started where no event loop runs yet."""
    name = f"test-{sha256(request.node.name.encode()).hex()[:20]}"
    if side == SECURE:
        cluster = request.getfixturevalue("secure")
        client = client_options(certificate(cluster))
        return Tried(cluster.bootstrap, client, name)
    return Tried(request.getfixturevalue("broker"), topic=name) if side == REAL else None


@pytest.fixture
async def bus(real: Tried | None) -> AsyncIterator[Tried]:
    """A Kafka with a topic of the test's own."""
    if real is None:
        found, ports = simulated()
        with given(ports):
            yield found
            await found.close()
        return
    with given(_certified(real.client)):
        await real.make(PlannedTopic(real.topic, 2, CONFIGS))
        yield real
        await real.close()
    if any(name.startswith("relais.") for name in real.made):
        await delete_topics(real.bootstrap, **real.client)


def _certified(client: Mapping[str, Any]) -> Ports:
    """Of a machine on which everything connects to Kafka with one certificate, if there is one."""
    made = Clients()

    def certified(make: Callable[..., Any], **options: Any) -> Any:
        return make(**{**options, **client})

    for kind in ("consumer", "producer", "admin", "client"):
        setattr(made, kind, partial(certified, getattr(made, kind)))

    async def connect(host: str, port: int, **_: Any) -> Any:
        return await asyncio.open_connection(host, port, ssl=client.get("ssl_context"))

    return Ports(made, connect=connect)
