"""Three real kills, for the thousands of tests/simulation: of a router, an agency, a broker."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from pathlib import Path

import pytest

from contracts.kafka.topic_plan import plan
from contracts.vocabulary import topics
from services.audit.source import MARKERS_S
from services.platform.kafka.bus import Bus
from services.platform.process.exit_codes import FENCED, GOOD, UNREACHABLE
from services.play.kafka import brokers
from tests.contracts.convention.kit import convention
from tests.contracts.envelope.kit import realm
from tests.kafka import kit
from tests.kafka.town import RECORD, Town
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.simulation import checks
from tests.simulation.ledger import read_ledger

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

EVENTS = 100
KILLED_AT = (1, 40)  # records decided


async def until_clean(bootstrap: str) -> None:
    """None lost, none twice, in order, no gap, replay clean: once the last markers are there."""
    names = [one.name for one in plan(convention(), realm(kit.REALM).directory)]
    async with asyncio.timeout(PATIENCE):
        while checks.messages_lost(ledger := await read_ledger(Bus(bootstrap), names)):
            await asyncio.sleep(0.1)
    found = [
        checks.not_decided, checks.decided_twice, checks.put_aside, checks.messages_too_many,
        checks.out_of_order, checks.gaps,
    ]  # fmt: skip
    assert {check.__name__: told for check in found if (told := check(ledger))} == {}
    assert len(ledger.decided) == len(ledger.published) > 0
    verdict = await kit.audited(bootstrap)
    assert checks.findings_of(verdict.json()) == []
    assert verdict.records == len(ledger.records)


async def ended(process: subprocess.Popen[bytes]) -> int:
    """The exit code of who ends by himself or was asked to."""
    return await asyncio.to_thread(process.wait, PATIENCE)


async def test_a_router_that_is_killed_or_fenced_loses_and_repeats_nothing(
    fresh: str, tmp_path: Path
) -> None:
    """`kill -9` in two lives; one that is paused and replaced wakes as a zombie and ends."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    await publisher.publish(publisher.event(case % 10) for case in range(EVENTS))

    def start(port: int = 0) -> subprocess.Popen[bytes]:
        return kit.start_router(
            fresh, tmp_path, tmp_path / "router.log", batch_events=2, http_port=port
        )

    for decided in KILLED_AT:
        router = start(free_port())
        await kit.until(fresh, {"decided": decided})
        router.kill()
        await ended(router)
    zombie, port = start(free_port()), free_port()
    await kit.until(fresh, {"decided": EVENTS})
    zombie.send_signal(signal.SIGSTOP)
    owner = start(port)
    await kit.ready(port)
    zombie.send_signal(signal.SIGCONT)
    await publisher.publish(publisher.event(case) for case in range(EVENTS))

    assert await ended(zombie) == FENCED
    await kit.until(fresh, {"decided": 2 * EVENTS})
    owner.terminate()
    assert await ended(owner) == GOOD
    await until_clean(fresh)


async def test_an_agency_that_is_killed_finds_its_key_in_the_outbox(
    fresh: str, tmp_path: Path
) -> None:
    """kill -9 between publishing and answering: the retry gets the answer of the one event."""
    town, key = Town(fresh, tmp_path / "home"), {"Idempotency-Key": "k-1"}
    await town.prepare()
    async with town.school() as (process, desk):
        first = await desk.post("/v1/referrals", json=RECORD, headers=key)
        process.kill()
        await ended(process)
    async with town.school() as (_, desk):
        again = await desk.post("/v1/referrals", json=RECORD, headers=key)
        another = RECORD | {"reference": "another"}
        other = await desk.post("/v1/referrals", json=another, headers=key)

    assert first.status_code == again.status_code == 202
    assert again.json() == first.json()
    assert other.status_code == 409
    await asyncio.sleep(MARKERS_S)  # in which a second one would come to be seen
    outbox = topics.outbox("civil", "education")
    assert len(await kit.read(fresh, outbox)) == 1


@pytest.mark.nightly
async def test_a_broker_that_is_killed_loses_and_repeats_nothing(tmp_path: Path) -> None:
    """`kill -9` while a router writes; it rides it out, or ends with 3 and is started anew.

    Of three: a lone one that is killed may end a transaction without its markers, and hides what
    was in it (Kafka 4.3.1, one run in eight here; docs/how-to/service-down.md).
    """
    kit.move_clock(tmp_path)
    home = tmp_path / "kafka"
    bootstrap = (await asyncio.to_thread(brokers.start, home, nodes=3)).bootstrap
    codes = list[int]()
    try:
        await kit.prepare(bootstrap, replicas=3)
        publisher = kit.Publisher(bootstrap)
        for decided, kill in ((10, True), (2 * EVENTS, False)):
            await publisher.publish(publisher.event(case) for case in range(EVENTS))
            router = kit.start_router(bootstrap, tmp_path, tmp_path / "router.log", batch_events=5)
            await kit.until(bootstrap, {"decided": decided})
            if kill:
                assert await asyncio.to_thread(brokers.stop, home, 0, only=[1])
                await asyncio.to_thread(brokers.start, home, nodes=3)
            router.terminate()
            codes.append(await ended(router))
        assert set(codes) <= {GOOD, UNREACHABLE}
        await until_clean(bootstrap)
    finally:
        await asyncio.to_thread(brokers.stop, home)
