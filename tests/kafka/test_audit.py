"""The auditor on a real broker: a clean verdict, and what whoever holds Kafka could try."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import REALMS
from services.audit import app, following
from services.audit.verdict import AuditVerdict
from services.platform.kafka.bus import Bus
from services.platform.settings import AuditSettings
from services.routing.kept import entries
from tests.kafka import kit
from tests.patience import PATIENCE
from tests.ports import free_port

pytestmark = pytest.mark.anyio

DECISIONS = topics.decisions(kit.REALM)
EVIDENCE = topics.evidence(kit.REALM)


async def routed(
    fresh: str, home: Path, events: int = 12, cases: int = 12, issuer: str = ""
) -> list[Inbound]:
    """A realm in which some events of some cases were routed; its log.

    Args:
        issuer: of all of them, so that one case is one partition's; else each desk in turn.
    """
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    async with kit.router(fresh, home):
        await publisher.publish([publisher.event(at % cases, issuer)[1] for at in range(events)])
        await kit.until(fresh, {"decided": events})
    return (await kit.read(fresh, DECISIONS))[DECISIONS]


def alarms(found: AuditVerdict) -> list[tuple[str, int]]:
    """Code and partition of each alarm."""
    return [(one.code, one.partition) for _, one in found.findings if one.alarm]


def decided(log: list[Inbound]) -> Inbound:
    """The last record of a partition that decided an event."""
    return [one for one in log if b'"kind":"decided"' in (one.value or b"")][-1]


def written(record: Inbound, **changes: Any) -> dict[str, Any]:
    """A record as aiokafka's `send` takes it."""
    row = {
        "topic": record.topic, "partition": record.partition, "key": record.key,
        "value": record.value, "headers": list(record.headers),
    }  # fmt: skip
    return row | changes


async def delete_before(bootstrap: str, topic: str, partition: int) -> None:
    """Take a partition's records away, as Kafka's superuser can."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        place, changed = TopicPartition(topic, partition), {"cleanup.policy": "delete"}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, changed)])
        await admin.delete_records({place: RecordsToDelete(before_offset=-1)})
    finally:
        await admin.close()


async def test_an_honest_log_is_clean(fresh: str, tmp_path: Path) -> None:
    """Every record is decided again and equals what was written, byte by byte."""
    log = await routed(fresh, tmp_path)
    progress: list[tuple[int, int]] = []

    found = await kit.audited(fresh, progress=lambda *at: progress.append(at))

    assert found.clean
    assert found.records == len(log)
    assert found.tallies[kit.REALM]["kinds"]["decided"] == 12
    assert found.json()["findings"] == []
    assert progress[-1][0] == len(log)


async def test_garbage_hides_nothing_that_comes_after_it(fresh: str, tmp_path: Path) -> None:
    """Who holds Kafka writes bytes into every partition: all that the router wrote is audited."""
    log = await routed(fresh, tmp_path)
    garbage = [{"topic": DECISIONS, "partition": n, "value": b"garbage"} for n in range(6)]
    await kit.write(fresh, garbage)

    found = await kit.audited(fresh)

    assert sorted(alarms(found)) == [("record_malformed", n) for n in range(6)]
    assert (found.records, found.unaudited) == (len(log), 6)


async def test_the_service_follows_and_says_alarms_in_metrics(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ready, it counts records and alarms; what is taken away behind it, it finds again."""
    record = decided(await routed(fresh, tmp_path))
    monkeypatch.setattr(following, "IDLE_S", 1)
    port = free_port()
    settings = AuditSettings(
        kafka=fresh, realms=(kit.REALM,), http_port=port, clock_file=tmp_path / "clock", play=True,
        look_again_s=2, home=tmp_path / "audit",
    )  # fmt: skip
    stop = asyncio.Event()
    task = asyncio.create_task(app.serve(settings, kit.owners(), stop))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        await kit.ready(port)
        before = (await client.get("/metrics")).text
        await kit.write(fresh, [written(record)])
        async with asyncio.timeout(PATIENCE):
            while "chain_broken" not in (page := (await client.get("/metrics")).text):
                await asyncio.sleep(0.2)
            await delete_before(fresh, EVIDENCE, record.partition)
            while "evidence_missing" not in (await client.get("/metrics")).text:
                await asyncio.sleep(0.2)
        warned = (await client.get("/ready")).json()
    stop.set()

    assert await task == 0
    assert 'relais_records_total{kind="decided",realm="civil"} 12.0' in before
    assert 'relais_alarms_total{code="chain_broken"} 1.0' in page
    assert (warned["ready"], warned["warnings"]) == (True, ["chain_broken", "evidence_missing"])


async def test_quarantine_is_told_without_its_bytes(fresh: str, tmp_path: Path) -> None:
    """Code, size, hash, decision and place of a quarantined record; nothing of what it says."""
    await kit.prepare(fresh)
    place = {"topic": topics.outbox(kit.REALM, "education"), "partition": 2}
    row = {**place, "value": b"Zoe Dupont", "key": b"Zoe", "headers": [("name", b"Zoe")]}
    async with kit.router(fresh, tmp_path):
        await kit.write(fresh, [row])
        log = await kit.until(fresh, {"quarantined": 1})

    (found,) = await entries(Bus(fresh), kit.REALM)

    assert kit.REALM in REALMS
    assert (found["bytes"], found["offset"], found["partition"]) == (10, 0, 2)
    assert found["index"] == next(one["index"] for one in log if one["kind"] == "quarantined")
    assert "Zoe" not in str(found)
