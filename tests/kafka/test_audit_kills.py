"""An audit service that is killed at any instant ends with the verdict of a replay from the start."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary import topics
from services.audit.replay import replay
from services.audit.store import AuditStore, audit_path
from services.platform.store.owned import look_at
from tests.contracts.envelope.kit import NOW
from tests.kafka import kit, published_logs
from tests.kafka.auditor import start_auditor
from tests.kafka.campaign import ended
from tests.patience import PATIENCE
from tests.ports import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

KILLS = int(os.environ.get("RELAIS_KILLS", "12"))
SEED = int(os.environ.get("RELAIS_SEED", "1"))
LIVES_S = (0.9, 4.0)  # some end while they start, some while they follow


async def test_killed_at_any_instant_it_finds_what_a_replay_finds(
    fresh: str, tmp_path: Path
) -> None:
    """States, counts, ids and findings; no alarm is lost, and none is told in two lives but around a kill.

    Each life leaves valid logs; no size has two roots; in the end they are what Kafka holds.
    """
    chance, stop = random.Random(SEED), asyncio.Event()
    roots: dict[tuple[int, int], bytes] = {}
    published_logs.give_secret(tmp_path)
    await kit.prepare(fresh)
    log = tmp_path / "audit.log"
    publisher = kit.Publisher(fresh)
    async with kit.router(fresh, tmp_path):
        await publisher.publish([publisher.event(0)[1]])
        await kit.until(fresh, {"decided": 1})  # a router does not start over what is nobody's
        traffic = asyncio.create_task(_traffic(publisher, chance, stop))
        for _ in range(KILLS):
            process = start_auditor(fresh, tmp_path, log)
            await asyncio.sleep(chance.uniform(*LIVES_S))
            process.kill()
            await ended(process)
            for number, head in published_logs.heads(tmp_path).items():
                assert roots.setdefault((number, head.size), head.root) == head.root
                published_logs.entries_of(tmp_path, number, head)
        stop.set()
        await traffic
        # Where bytes of nobody are the last a partition's end is open, and no store goes on behind it.
        await publisher.publish([publisher.event(case)[1] for case in range(50)])
        published = publisher.count
        await _until_decided(fresh, published)
    port = free_port()
    process = start_auditor(fresh, tmp_path, log, http_port=port)
    await kit.ready(port)
    await _until_published(tmp_path, await published_logs.on_kafka(fresh))
    process.terminate()
    assert await ended(process) == 0

    verdict = await replay(fresh, [kit.REALM], kit.owners(), lambda: NOW)
    told, kept = Counter(_told(log)), _kept(tmp_path)
    alarms = [_said(finding) for _, finding in verdict.findings if finding.alarm]
    sys.stdout.write(f"\n{KILLS} kills, {published} events, {len(alarms)} alarms\n")
    assert {finding for finding, lasting in kept.findings() if lasting} == {
        finding for _, finding in verdict.findings
    }
    assert sum(stand.tally.records for stand in kept.begun.stands) == verdict.records
    assert sum(stand.tally.kinds.get("decided", 0) for stand in kept.begun.stands) == published
    assert len(kept.begun.ids) == published
    assert set(told) == set(alarms) != set()
    assert max(told.values()) <= 2
    assert log.read_text().count("store refused") == 0
    assert log.read_text().count("log not published") == 0
    kept.close()


async def _traffic(publisher: kit.Publisher, chance: random.Random, stop: asyncio.Event) -> None:
    """Events all the while, and sometimes what no router wrote."""
    while not stop.is_set():
        events = [publisher.event(chance.randrange(50))[1] for _ in range(chance.randrange(1, 30))]
        await publisher.publish(events)
        if chance.random() < 0.2:
            number = chance.randrange(topics.PARTITIONS)
            topic = chance.choice((topics.decisions(kit.REALM), topics.evidence(kit.REALM)))
            # Under one key they would be taken for each other's, or not, by when they are read.
            row = {"topic": topic, "partition": number, "key": topic.encode(), "value": b"{}"}
            await kit.write(publisher.bootstrap, [row])
        await asyncio.sleep(chance.uniform(0, 0.5))


async def _until_decided(bootstrap: str, events: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            log = (await kit.read(bootstrap, topics.decisions(kit.REALM))).popitem()[1]
            if sum(b'"kind":"decided"' in (record.value or b"") for record in log) == events:
                return
            await asyncio.sleep(0.2)


async def _until_published(home: Path, taken: dict[int, list[bytes]]) -> None:
    """Until the logs have every entry: those of Kafka and no other."""
    async with asyncio.timeout(PATIENCE):
        while {
            number: published_logs.entries_of(home, number, head)
            for number, head in published_logs.heads(home).items()
        } != taken:
            await asyncio.sleep(0.2)


def _kept(home: Path) -> AuditStore:
    """What the last life left."""
    path = audit_path(home / "state", kit.REALM)
    found = look_at(path)
    store = AuditStore(path, kit.REALM, 1)
    store.check(found)
    return store


def _told(log: Path) -> list[tuple[Any, ...]]:
    """Alarms that the service's log lines tell."""
    lines = [orjson.loads(line) for line in log.read_bytes().splitlines() if line[:1] == b"{"]
    return [_names(line) for line in lines if line["event"] == "divergence"]


def _said(finding: AuditFinding) -> tuple[Any, ...]:
    names = ("partition", "index", "code", "topic", "offset")
    return tuple(getattr(finding, name) for name in names)


def _names(line: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(line[name] for name in ("partition", "index", "code", "topic", "offset"))
