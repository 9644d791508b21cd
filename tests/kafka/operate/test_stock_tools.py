"""Tools that operators have, with their own certificate: names and lags are shown, no record is."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from services.operate.client import options
from services.platform.kafka.connection.connection import Tls
from services.play.certificates.ca import ensure_certificate
from services.play.kafka.fetch import fetch_jars, java
from tests.contracts.decision import policy
from tests.kafka import tries
from tests.kafka.operate.test_rights import Applied, applied
from tests.patience import PATIENCE

__all__ = ["applied"]  # a fixture

pytestmark = [pytest.mark.kafka, pytest.mark.anyio, pytest.mark.slow]

GROUP: Final = "relais.civil.routing"
OUTBOX: Final = "relais.civil.outbox.police"
CANARY: Final = "Zoe-Canari-Delmas"
TOPICS: Final = "org.apache.kafka.tools.TopicCommand"  # what kafka-topics.sh starts
GROUPS: Final = (
    "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"  # kafka-consumer-groups.sh
)
CONSUMER: Final = "org.apache.kafka.tools.consumer.ConsoleConsumer"  # kafka-console-consumer.sh


def told(*words: str, given: str = "") -> tuple[int, str]:
    """Exit code of a tool, and all that it said."""
    done = subprocess.run(
        words, input=given, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def kcat(applied: Applied) -> list[str]:
    """kcat with the console's certificate; a newcomer need not have it, the gate must."""
    if shutil.which("kcat") is None:
        tell = pytest.fail if "RELAIS_CI" in os.environ else pytest.skip
        tell("kcat is not installed: apt-get install kcat")
    return _kcat(applied, ensure_certificate(applied.admin.ca.parent, "console"))


def _kcat(applied: Applied, tls: Tls) -> list[str]:
    given = [word for row in options(tls).items() for word in ("-X", "=".join(row))]
    return ["kcat", "-b", applied.secure.bootstrap, *given]


@pytest.fixture
def stock(applied: Applied, tmp_path: Path) -> Mapping[str, list[str]]:
    """Kafka's own commands, as its scripts start them, with the operators' certificate."""
    own = ensure_certificate(applied.admin.ca.parent, "console")
    keys, config = tmp_path / "console.keystore.pem", tmp_path / "client.properties"
    keys.write_bytes(own.key.read_bytes() + own.cert.read_bytes())
    config.write_text(
        "security.protocol=SSL\nssl.truststore.type=PEM\nssl.keystore.type=PEM\n"
        f"ssl.truststore.location={own.ca}\nssl.keystore.location={keys}\n"
    )
    path = os.pathsep.join(map(str, fetch_jars()))
    return {
        main: [
            str(java()), "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", path, main,
            "--bootstrap-server", applied.secure.bootstrap, "--command-config", str(config),
        ]
        for main in (TOPICS, GROUPS, CONSUMER)
    }  # fmt: skip


async def _planted(applied: Applied) -> None:
    """A record of the police's, and a place from which routing has it left to read."""
    police = _kcat(applied, ensure_certificate(applied.admin.ca.parent, "police"))
    code, said = told(*police, "-P", "-t", OUTBOX, "-p", "0", "-K", ":", given=f"key:{CANARY}\n")
    assert code == 0, said
    async with tries.calling(applied.secure, "routing-civil-0") as shard:
        assert await shard.commits_offsets({GROUP: applied.places.committing[GROUP]}, OUTBOX)


async def test_kcat_lists_topics_and_ends_and_reads_and_writes_no_record(
    applied: Applied, kcat: list[str]
) -> None:
    """What is there and how far it goes; a reader and a writer are refused."""
    await _planted(applied)

    _, listed = told(*kcat, "-L")
    _, ends = told(*kcat, "-Q", "-t", f"{OUTBOX}:0:-1")
    reads, record = told(*kcat, "-C", "-t", OUTBOX, "-p", "0", "-o", "beginning", "-e")
    writes, refused = told(*kcat, "-P", "-t", OUTBOX, "-p", "0", "-K", ":", given="key:value\n")

    assert [topic for topic in policy.TOPICS if f'topic "{topic}"' not in listed] == []
    assert int(ends.split()[-1]) > 0
    assert (reads, writes) == (1, 1)
    assert "authorization failed" in record.lower()
    assert "authorization failed" in refused.lower()
    assert CANARY not in listed + ends + record + refused


async def test_kafka_s_own_commands_list_topics_and_lag_and_read_no_record(
    applied: Applied, kcat: list[str], stock: Mapping[str, list[str]]
) -> None:
    """`kafka-topics.sh`, `kafka-consumer-groups.sh`; `kafka-console-consumer.sh` is refused."""
    assert kcat
    await _planted(applied)

    _, listed = told(*stock[TOPICS], "--list")
    _, lag = told(*stock[GROUPS], "--describe", "--group", GROUP)
    reads = [*stock[CONSUMER], "--topic", OUTBOX, "--partition", "0", "--offset", "earliest"]
    _, record = told(*reads, "--timeout-ms", "5000")

    assert set(policy.TOPICS) <= set(listed.split())
    (row,) = (line.split() for line in lag.splitlines() if OUTBOX in line)
    assert row[:3] == [GROUP, OUTBOX, "0"]
    assert int(row[5]) == int(row[4]) - int(row[3]) > 0
    assert "total of 0 messages" in record
    assert "TopicAuthorizationException" in record
    assert CANARY not in listed + lag + record
