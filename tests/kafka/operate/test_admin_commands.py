"""Three nodes with TLS: how they start, and `relais kafka apply` on them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from services.operate.home.first_orders import give_first_orders
from services.operate.home.home import Home
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.connection import client_options
from services.platform.process import clock
from services.platform.process.exit_codes import GOOD, UNREACHABLE
from services.play.kafka import brokers
from services.play.kafka.cluster import Cluster
from tests.contracts.envelope.kit import NOW
from tests.kafka.conftest import certificate, clear, delete_topics
from tests.shell import invoke, lines_of

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

FOUND = 1


class Shell:
    """The command, as `admin`, on the run's secure brokers."""

    def __init__(self, secure: Cluster, home: Home) -> None:
        self.secure, self.home = secure, home

    def __call__(self, *words: str) -> Result:
        """Run it."""
        tls = certificate(self.secure)
        return invoke(
            *words, "--home", self.home.path, "--kafka", self.secure.bootstrap,
            "--tls-ca", tls.ca, "--tls-cert", tls.cert, "--tls-key", tls.key,
        )  # fmt: skip


@pytest.fixture
def relais(secure: Cluster, tmp_path: Path) -> Iterator[Shell]:
    """The command with a home that has keys and directories; brokers without anything of ours."""
    home = Home(tmp_path / "home")
    clock.set_to(home.clock, NOW)
    home.prepare(NOW, weeks=1)
    asyncio.run(clear(secure))
    yield Shell(secure, home)
    asyncio.run(clear(secure))


def test_a_second_start_finds_what_runs(secure: Cluster) -> None:
    """The same nodes, ports and processes."""
    again = brokers.start(secure.path, nodes=3, tls=secure.tls)

    assert again.bootstrap == secure.bootstrap
    assert again.pids == brokers.status(secure.path).pids


def test_from_nothing_to_a_federation_without_drift(relais: Shell, tmp_path: Path) -> None:
    """Topics, the owners' rights, orders by the owners, and then the shards that they ordered."""
    gauge = tmp_path / "acl.prom"
    checked = relais("kafka", "apply", "--check")
    assert checked.exit_code == FOUND
    assert "relais.civil.control: this topic is missing (1 partition(s))" in checked.stdout

    assert relais("kafka", "apply", "--only", "topics").exit_code == GOOD
    topics = relais("kafka", "apply", "--check", "--only", "topics")
    assert topics.stdout == "Nothing differs from what was agreed.\n"
    assert relais("kafka", "apply").exit_code == GOOD
    shards, owners = {"civil": 2, "criminal": 1}, dict[str, Bus]()
    for realm in shards:
        own = certificate(relais.secure, f"owners-{realm}")
        owners[realm] = Bus(relais.secure.bootstrap, client_options(own))
    asyncio.run(give_first_orders(relais.home, owners, NOW, shards))
    ordered = lines_of(relais("kafka", "apply", "--check", "--format", "json").stdout)

    assert {one["place"] for one in ordered} == {
        "console", "routing-civil-0", "routing-civil-1", "routing-criminal-0",
    }  # fmt: skip
    assert {one["kind"] for one in ordered} == {"right_missing"}
    assert relais("kafka", "apply", "--check").exit_code == FOUND
    assert relais("kafka", "apply").exit_code == GOOD
    assert relais("kafka", "apply").stdout == "Nothing to change.\n"
    assert relais("kafka", "apply", "--check", "--metrics", str(gauge)).exit_code == GOOD
    assert 'relais_drift{kind="right_extra"} 0.0' in gauge.read_text()


def test_a_broker_that_is_away_is_no_reason_for_fewer_copies(relais: Shell) -> None:
    """What was agreed stays agreed: nothing differs, and a new topic waits for the broker."""
    topics = ("--only", "topics")
    assert relais("kafka", "apply", *topics).exit_code == GOOD
    brokers.stop(relais.secure.path, only=[3])
    try:
        checked = relais("kafka", "apply", "--check", *topics)
        applied = relais("kafka", "apply", *topics)
        client = client_options(certificate(relais.secure))
        asyncio.run(delete_topics(relais.secure.bootstrap, "relais.civil.control", **client))
        early = relais("kafka", "apply", *topics)
    finally:
        brokers.start(relais.secure.path, nodes=3, tls=relais.secure.tls)

    assert checked.stdout == "Nothing differs from what was agreed.\n"
    assert applied.stdout == "Nothing to change.\n"
    assert early.exit_code == UNREACHABLE
    assert "brokers_away" in early.stderr
    assert "start those that are away" in early.stderr
