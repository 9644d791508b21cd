"""A replay in several processes on a real broker: one verdict, whoever found what."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import pytest

from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from services.audit.shares import WholeLog, replay_shared
from services.audit.source import KafkaLog
from tests.contracts.envelope.kit import DAY, NOW
from tests.kafka import kit

pytestmark = pytest.mark.anyio

DECISIONS = topics.decisions(kit.REALM)
EVIDENCE = topics.evidence(kit.REALM)
TWICE = "019b0000-0000-7000-8000-00000000000a"


def log_of(fresh: str) -> WholeLog:
    """What an auditor without any key needs."""
    return WholeLog(KafkaLog(fresh), [kit.REALM], kit.owners(), lambda: NOW + DAY)


def words(fresh: str, processes: int) -> bytes:
    """A verdict as a program reads it."""
    return orjson.dumps(replay_shared(log_of(fresh), processes, lambda *_: None).json())


async def routed(fresh: str, home: Path, events: int = 24) -> list[Inbound]:
    """A realm in which some events were routed, one id of them twice; its log."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    async with kit.router(fresh, home):
        await publisher.publish([publisher.event(case)[1] for case in range(events)])
        again = [publisher.event(case, jti=TWICE) for case in range(100, 112)]
        by_partition = {out.partition: out for _, out in again}
        await publisher.publish(list(by_partition.values())[:2])
        await kit.until(fresh, {"decided": events + 2})
    return (await kit.read(fresh, DECISIONS))[DECISIONS]


async def lied(fresh: str, log: list[Inbound]) -> None:
    """Plant something in each of three partitions: what follows nothing, evidence again, a copy."""
    first, second, third = ([one for one in log if one.partition == at] for at in (0, 1, 2))
    await kit.write(
        fresh,
        [
            {"topic": DECISIONS, "partition": 0, "key": first[0].key, "value": b"{}"},
            {"topic": EVIDENCE, "partition": 1, "key": second[-1].key, "value": b"another"},
            {"topic": DECISIONS, "partition": 2, "key": third[1].key, "value": third[1].value},
        ],
    )


async def test_the_verdict_is_the_same_in_however_many_processes(
    fresh: str, tmp_path: Path
) -> None:
    """Byte for byte, with a lie in each of three partitions and an id that two have decided."""
    log = await routed(fresh, tmp_path)
    await lied(fresh, log)

    alone = await asyncio.to_thread(words, fresh, 1)
    several = [await asyncio.to_thread(words, fresh, number) for number in (2, 3, 6, 50)]

    assert several == [alone] * 4
    verdict = orjson.loads(alone)
    codes = [(one["code"], one["partition"]) for one in verdict["findings"] if one["alarm"]]
    assert {("record_malformed", 0), ("evidence_altered", 1), ("chain_broken", 2)} <= set(codes)
    (reused,) = (one for one in verdict["findings"] if one["event"] == TWICE and one["alarm"])
    assert reused["code"] == "id_reused_across_partitions"
    assert reused["topic"].startswith(f"relais.{kit.REALM}.outbox.")
    assert verdict["records"] == len(log)


async def test_it_tells_how_far_it_is(fresh: str, tmp_path: Path) -> None:
    """Of all processes together; in the end all there is."""
    log = await routed(fresh, tmp_path)
    told: list[tuple[int, int]] = []

    await asyncio.to_thread(replay_shared, log_of(fresh), 3, lambda *at: told.append(at))

    assert told[-1] == (len(log), len(log))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
