"""Figures on brokers with mutual TLS: published by the auditor, read by their reader, who reads nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from typer.testing import CliRunner

from contracts.convention.agreed import readers
from contracts.envelope.publication import read_publication
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.kafka.rights import realm_rights
from contracts.kafka.topic_plan import plan
from contracts.keys.directory import Directory
from contracts.log.orders.layout import ordered
from contracts.log.orders.order import KINDS
from contracts.vocabulary import principals, topics
from contracts.vocabulary.principals import ADMIN
from services.cli.app import create_app
from services.operate.home.keys import ensure_signing
from services.operate.rights import apply_rights
from services.operate.topics import apply_topics
from services.platform.kafka.connection.certificate_folder import tls_of
from services.platform.kafka.connection.connection import client_options
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.keys.owners import owners_text
from services.platform.process import clock
from services.play.certificates.ca import ensure_certificate
from services.play.kafka.cluster import Cluster
from tests.flows import test_readings
from tests.kafka import tries
from tests.kafka.conftest import delete_topics
from tests.services.audit.bundle.memory_log import owners_of
from tests.services.committee.statistics.kit import IP, body, case, happen, move_to
from tests.world import BEGIN, World

pytestmark = [pytest.mark.kafka, pytest.mark.anyio]

OWN = topics.statistics("civil", "ODPE")


@dataclass(frozen=True)
class Federation:
    """A log on the secure brokers, and the home of its auditor."""

    secure: Cluster
    world: World
    home: Path

    @property
    def directory(self) -> Directory:
        """The one in force."""
        registry = self.world.registries["civil"]
        return registry.directories[registry.in_force(self.world.clock.now())[1]]

    def relais(self, *words: str) -> Any:
        """A command as the civil auditor: what it prints as JSON."""
        assert self.secure.tls is not None
        tls = ensure_certificate(self.secure.tls, principals.audit("civil"))
        done = CliRunner().invoke(create_app(), [
            "statistics", *words, "--format", "json", "--home", str(self.home),
            "--kafka", self.secure.bootstrap,
            "--tls-ca", str(tls.ca), "--tls-cert", str(tls.cert), "--tls-key", str(tls.key),
        ])  # fmt: skip
        assert done.exit_code == 0, done.output
        return orjson.loads(done.stdout)

    async def reads(self, reader: str) -> list[Inbound]:
        """A reader's topic, with that reader's certificate."""
        assert self.secure.tls is not None
        tls = ensure_certificate(self.secure.tls, principals.reader(reader))
        place = TopicPartition(topics.statistics("civil", reader), 0)
        async with LogReader(self.secure.bootstrap, **client_options(tls)) as log:
            return [record async for batch in log.read({place: None}) for record in batch]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One event loop for the module."""
    return "asyncio"


@pytest.fixture(scope="module")
def federation(secure: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    """Twelve alerts in September, told in the middle of October."""
    home = tmp_path_factory.mktemp("auditor")
    ensure_signing(
        home / "keys" / "civil" / "auditor" / "auditor-sig-1.json", test_readings.URN,
        BEGIN,
    )  # fmt: skip
    world = test_readings.world(home / "keys")
    happen(world, "edu-s", "IP", IP, cases=range(12))
    move_to(world, "2026-10-16")
    happen(world, "edu-s", "IP", IP, cases=range(20, 21))
    world.settle()
    clock.set_to(home / "clock", world.clock.now())
    owners = owners_of(world)
    kinds = {kind: (owners.quorum[kind], tuple(owners.keys[kind].values())) for kind in KINDS}
    text = owners_text(kinds, tuple(owners.directory.values()), tuple(owners.parties.values()))
    (home / "owners.json").write_bytes(text)
    made = Federation(secure, world, home)
    asyncio.run(_furnish(made))
    yield made
    asyncio.run(_clear(secure))


async def _furnish(made: Federation) -> None:
    """Topics, rights and the log."""
    await _clear(made.secure)
    assert made.secure.tls is not None
    admin, registry = tls_of(made.secure.tls, ADMIN), made.world.registries["civil"]
    convention = made.world.convention
    planned = plan(convention, made.directory, 1)
    await apply_topics(made.secure.bootstrap, planned, replicas=3, tls=admin)
    rights = realm_rights(convention, made.directory, ordered(registry))
    await apply_rights(made.secure.bootstrap, rights, tls=admin, prune=True)
    producer = AIOKafkaProducer(
        bootstrap_servers=made.secure.bootstrap, max_request_size=8 << 20, **client_options(admin)
    )
    await producer.start()
    for name in (topics.control("civil"), topics.evidence("civil"), topics.decisions("civil")):
        for record in made.world.topics[name, 0]:
            await producer.send_and_wait(
                name, record.value, key=record.key, headers=list(record.headers), partition=0
            )
    await producer.stop()


async def _clear(secure: Cluster) -> None:
    assert secure.tls is not None
    admin = tls_of(secure.tls, ADMIN)
    await apply_rights(secure.bootstrap, [], tls=admin, prune=True)
    await delete_topics(secure.bootstrap, **client_options(admin))


async def test_a_reader_reads_its_own_topic_and_nothing_else(federation: Federation) -> None:
    """Of every topic there is it sees one, reads it and writes none."""
    async with tries.calling(federation.secure, ADMIN) as admin:
        every = {
            name: leader
            for name, leader in (await admin.sees()).items()
            if name.startswith("relais.")
        }
    async with tries.calling(federation.secure, principals.reader("ODPE")) as reader:
        seen, reads, writes = (
            await reader.sees(),
            await reader.reads(every),
            await reader.writes(every),
        )

    assert len(every) > 15
    assert {name for name in seen if name.startswith("relais.")} == {OWN}
    assert [name for name, allowed in reads.items() if allowed] == [OWN]
    assert not any(writes.values())


async def test_what_is_published_is_signed_for_one_reader_and_stays(federation: Federation) -> None:
    """To all readers by one command; a second time nothing; what is exported is what was published."""
    first = await asyncio.to_thread(federation.relais, "publish")
    again = await asyncio.to_thread(federation.relais, "publish")
    exported = await asyncio.to_thread(federation.relais, "export", "--for", "odpe")
    records = await federation.reads("ODPE")

    assert [len(records), first["ODPE"], again["ODPE"]] == [1, ["2026-09"], []]
    record = records[0]
    read = read_publication(record.value, record.headers, federation.directory, "ODPE")
    names = readers(federation.world.convention, "civil")
    assert set(map(tuple, first.values())) == {("2026-09",)}
    assert first.keys() == again.keys() == names.keys()
    assert not any(again.values())
    assert read.counts == await asyncio.to_thread(body, federation.world, "2026-09")
    assert exported["months"] == [read.counts.wire()]
    assert (read.purpose, read.clause) == ("observe", "R44")
    _nothing_of_a_case(record, federation)
    _for_nobody_else(record, federation)


def _nothing_of_a_case(record: Inbound, federation: Federation) -> None:
    text = repr((record.key, record.value, record.headers)).encode()
    assert not [number for number in range(12) if case(number).encode() in text]


def _for_nobody_else(record: Inbound, federation: Federation) -> None:
    with pytest.raises(RelaisError, match="wrong_audience"):
        read_publication(record.value, record.headers, federation.directory, "ONPE")
    forged = (record.value or b"").replace(b"2026-09", b"2026-08")
    with pytest.raises(RelaisError, match="cloudevent_differs"):
        read_publication(forged, record.headers, federation.directory, "ODPE")
