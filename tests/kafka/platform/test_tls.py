"""A broker with mutual TLS: who is let in, and how everybody else learns at once why not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from contracts.errors import RelaisError, UsageError
from contracts.kafka.rights import Right
from contracts.kafka.topic_plan import PlannedTopic
from contracts.vocabulary.principals import ADMIN
from services.operate.home.keys import write_secret
from services.operate.rules import asking, rule_of
from services.operate.topics import apply_topics
from services.platform.kafka.connection.connection import Tls, client_options
from services.platform.kafka.connection.missing_rights import ForbiddenError, wait_for_topics
from services.platform.kafka.connection.wait import wait_for_kafka
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.writing.transactions import Transactions
from services.platform.process.exit_codes import exit_code
from services.play.certificates import ca
from services.play.kafka import brokers
from services.play.kafka.cluster import Cluster
from services.play.kafka.fetch import fetch_jars
from tests.kafka.conftest import certificate
from tests.patience import PATIENCE

pytestmark = [
    pytest.mark.kafka,
    # asyncio and aiokafka leave a socket of a handshake that failed to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

OUTBOX, INBOX = "relais.civil.outbox.education", "relais.civil.inbox.crip"
NAMES = ("broker-1", ADMIN, "education", "police")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One event loop for the module: a TLS connection takes a moment to say goodbye."""
    return "asyncio"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One node with mutual TLS and two topics; education may write one, read and see the other."""
    fetch_jars()
    home = tmp_path_factory.mktemp("tls")
    ca.ensure_ca(home / "tls")
    for name in NAMES:
        ca.ensure_certificate(home / "tls", name)
    try:
        found = brokers.start(home / "kafka", nodes=1, tls=home / "tls")
        asyncio.run(_furnish(found))
        yield found
    finally:
        brokers.stop(home / "kafka")


async def _furnish(found: Cluster) -> None:
    """Topics, and rights as narrow as they come."""
    planned = [PlannedTopic(OUTBOX, 1), PlannedTopic(INBOX, 1)]
    await apply_topics(found.bootstrap, planned, tls=certificate(found))
    await change(
        found,
        Right("education", "topic", OUTBOX, "WRITE"),
        Right("education", "topic", INBOX, "DESCRIBE"),
        Right("education", "transactional_id", "education.1", "WRITE"),
        Right("police", "transactional_id", "police.1", "WRITE"),
    )


async def change(found: Cluster, *given: Right, taken: Right | None = None) -> None:
    """Give rights, or take one, as an administrator by hand."""
    more, less = [rule_of(one) for one in given], [rule_of(taken)] if taken else []
    async with asking(found.bootstrap, certificate(found)) as brokers:
        await brokers.change(dict.fromkeys(more, 1), less)


def client(found: Cluster, principal: str) -> dict[str, Any]:
    """What a principal's clients are made with."""
    return client_options(certificate(found, principal))


async def refusal(bootstrap: str, tls: Tls | None) -> str:
    """A service that waits for Kafka ends with exit code 2 at once, or 3 after the wait."""
    with pytest.raises(UsageError) as raised:
        await wait_for_kafka(bootstrap, PATIENCE, **client_options(tls))

    assert exit_code(raised.value) == 2
    return str(raised.value)


async def test_a_certificate_of_another_authority_is_refused(one: Cluster, tmp_path: Path) -> None:
    """Signing a certificate for `admin` oneself opens nothing."""
    ca.ensure_ca(tmp_path)
    made = ca.ensure_certificate(tmp_path, ADMIN)
    forged = Tls(certificate(one).ca, made.cert, made.key)

    told = await refusal(one.bootstrap, forged)

    assert told.startswith(f"certificate_refused at {one.bootstrap}: got `admin` of `relais-ca-")
    assert "authority that the brokers trust" in told


@pytest.mark.parametrize(
    ("days_ago", "code", "to_do"),
    [
        (3, "certificate_expired", "relais keys tls education"),
        (-3, "certificate_not_yet_valid", "clock"),
    ],
)
async def test_a_certificate_out_of_its_dates_is_said_and_refused(
    one: Cluster, tmp_path: Path, days_ago: int, code: str, to_do: str
) -> None:
    """We say how to renew, or that our clock may be wrong."""
    tls = dated(one, tmp_path, days_ago=days_ago)

    told = await refusal(one.bootstrap, tls)

    assert told.startswith(f"{code} at {tls.cert}: got `education`")
    assert to_do in told


def dated(one: Cluster, folder: Path, *, days_ago: int) -> Tls:
    """Education's certificate for one day, of the broker's authority."""
    assert one.tls is not None
    for name in ("ca.pem", "ca.key"):
        (folder / name).write_bytes((one.tls / name).read_bytes())
        (folder / name).chmod(0o600)
    start = datetime.now(UTC) - timedelta(days=days_ago)
    return ca.renew(folder, "education", days=1, start=start)


async def test_tls_is_neither_left_out_nor_given_up(one: Cluster, broker: str) -> None:
    """A service without certificates is told what it lacks; one with them is never in clear."""
    told = await refusal(one.bootstrap, None)
    without = await refusal(broker, certificate(one, "education"))

    assert told.startswith(f"kafka_wants_tls at {one.bootstrap}")
    assert "RELAIS_TLS_CERT" in told
    assert without.startswith(f"kafka_without_tls at {broker}")
    with pytest.raises(UsageError, match="kafka_wants_tls"):  # nor is a command
        await LogReader(one.bootstrap).start()
    with pytest.raises(UsageError, match="kafka_wants_tls"):
        await Transactions(one.bootstrap, ["education.1"]).start()


async def test_another_agencys_topic_is_neither_seen_nor_read(one: Cluster) -> None:
    """Told at once, without waiting: who may write a topic sees it, and may not read it."""
    place = TopicPartition(INBOX, 0)
    async with AIOKafkaProducer(bootstrap_servers=one.bootstrap, **client(one, ADMIN)) as producer:
        await producer.send_and_wait(INBOX, b"sealed", partition=0)
    for principal, told in (("police", "may not see"), ("education", "may not read")):
        async with LogReader(one.bootstrap, **client(one, principal)) as reader:
            with pytest.raises(
                ForbiddenError, match=f"`{principal}` {told} topic {INBOX}"
            ) as error:
                _ = [batch async for batch in reader.read({place: None})]
            assert exit_code(error.value) == 2
    async with LogReader(one.bootstrap, **client(one, "police")) as reader:
        with pytest.raises(ForbiddenError, match=f"`police` may not see topic {OUTBOX}"):
            await reader.ends([TopicPartition(OUTBOX, 0)])
    with pytest.raises(ForbiddenError, match=r"`police` may not see topic relais\.t\.never"):
        await wait_for_topics(one.bootstrap, ["relais.t.never"], 1, client(one, "police"))


async def test_a_name_inside_another_is_no_principal(one: Cluster, tmp_path: Path) -> None:
    """A certificate whose owner chose a part of its subject does not become the superuser by it."""
    subjects = ("x CN=admin", "education"), ("x", "education CN=admin"), ("x", "Admin"), ("x", "")
    odd = [named(one, tmp_path, *subject) for subject in subjects]

    seen = await asyncio.gather(*(rights_seen(one, tls) for tls in odd))

    assert seen == [0] * len(odd)
    assert await rights_seen(one, certificate(one)) > 0


async def rights_seen(one: Cluster, tls: Tls) -> int:
    """How many rights the broker tells whoever asks; none to who is no superuser, or not let in."""
    try:
        async with asking(one.bootstrap, tls) as brokers:
            return sum(map(len, (await brokers.read()).values()))
    except RelaisError:
        return 0


def named(one: Cluster, folder: Path, unit: str, common: str) -> Tls:
    """A certificate of the broker's own authority over any subject."""
    assert one.tls is not None
    authority, signer = ca._authority(one.tls)
    key, now = ca.new_key(), datetime.now(UTC)
    parts = ((NameOID.ORGANIZATIONAL_UNIT_NAME, unit), (NameOID.COMMON_NAME, common))
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in parts if text])
    client = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])]
    until = now + timedelta(1)
    made = ca.signed(subject, key.public_key(), now, until, signer, authority, client)
    stem = f"{unit} {common}"
    tls = Tls(one.tls / "ca.pem", folder / f"{stem}.pem", folder / f"{stem}.key")
    write_secret(tls.cert, made)
    write_secret(tls.key, ca.pem(key))
    return tls


async def test_rights_that_come_late_are_waited_for(one: Cluster) -> None:
    """Whoever makes topics and rights may start after the services."""
    waiting = asyncio.create_task(
        wait_for_topics(one.bootstrap, ["relais.t.late"], PATIENCE, client(one, "education"))
    )
    await asyncio.sleep(1.5)
    assert not waiting.done()

    await apply_topics(one.bootstrap, [PlannedTopic("relais.t.late", 1)], tls=certificate(one))
    await change(one, Right("education", "topic", "relais.t.late", "READ"))

    async with asyncio.timeout(PATIENCE):
        await waiting


async def test_a_right_taken_away_is_told_without_waiting(one: Cluster) -> None:
    """A reader that may no more says so with the next question, not that Kafka is away."""
    topic, right = "relais.t.taken", Right("education", "topic", "relais.t.taken", "READ")
    await apply_topics(one.bootstrap, [PlannedTopic(topic, 1)], tls=certificate(one))
    await change(one, right)
    await wait_for_topics(one.bootstrap, [topic], PATIENCE, client(one, "education"))
    async with LogReader(one.bootstrap, wait=4, **client(one, "education")) as reader:
        assert await reader.ends([TopicPartition(topic, 0)])

        await change(one, taken=right)

        with pytest.raises(ForbiddenError, match=f"may not see topic {topic}"):
            await ask_on(reader, topic)


async def ask_on(reader: LogReader, topic: str) -> None:
    """Ask as a service does, until it is told."""
    for _ in range(20):
        await reader.ends([TopicPartition(topic, 0)])
        await asyncio.sleep(0.2)
