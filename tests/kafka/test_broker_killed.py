"""One of three brokers is killed under a router: what was published is decided once.

Three, for a lone one that is killed may end a transaction without its markers, and hides what was
in it (Kafka 4.3.1, one run in eight here; docs/how-to/service-down.md).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from contracts.envelope.issue import Issued
from services.platform.process.exit_codes import GOOD, UNREACHABLE
from services.play.kafka import brokers
from tests.kafka import kit
from tests.kafka.campaign import ended, look

pytestmark = [pytest.mark.anyio, pytest.mark.kafka, pytest.mark.slow]

EVENTS = 30
KILLS = 1


async def test_a_broker_that_is_killed_loses_and_repeats_nothing(tmp_path: Path) -> None:
    """`kill -9` while a router writes; it rides it out, or ends with 3 and is started anew."""
    kit.move_clock(tmp_path)
    home = tmp_path / "kafka"
    bootstrap = (await asyncio.to_thread(brokers.start, home, nodes=3)).bootstrap
    published, codes = list[Issued](), list[int | None]()
    try:
        await kit.prepare(bootstrap, replicas=3)
        publisher = kit.Publisher(bootstrap)
        for number in range(KILLS + 1):
            events = [publisher.event(case) for case in range(EVENTS)]
            await publisher.publish(record for _, record in events)
            published += [issued for issued, _ in events]
            router = kit.start_router(bootstrap, tmp_path, tmp_path / "router.log", batch_events=5)
            least = number * EVENTS + 10 if number < KILLS else len(published)
            await kit.until(bootstrap, {"decided": least})
            if number < KILLS:
                assert await asyncio.to_thread(brokers.stop_node, home, 1, kill=True)
                await asyncio.to_thread(brokers.start_node, home, 1)
            router.terminate()
            codes.append(await ended(router))
        found = await look(bootstrap, published)
    finally:
        await asyncio.to_thread(brokers.stop, home)

    once = Counter(one.digest for one in published)
    assert set(codes) <= {GOOD, UNREACHABLE}
    assert found.decided == once
    assert found.told == once
    assert set(found.delivered.values()) == {1}
    assert found.gaps == []
    assert found.verdict is not None
    assert found.verdict.records == sum(found.kinds.values())
    assert [one for _, one in found.verdict.findings if one.alarm] == []
