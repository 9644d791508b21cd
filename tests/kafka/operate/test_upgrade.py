"""Newer routers take over from an older release's, on a real broker, with events of both in flight.

The older ones are the code of the release that wrote `tests/vectors/old_log`, out of this repository's
history. Where a clone has none (a shallow one) the takeover is skipped and says so;
`tests/contracts/log/test_old_log.py` holds newer code to the frozen log all the same.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import orjson
import pytest

from contracts.kafka.topic_plan import plan
from contracts.log.orders.order import Owners
from contracts.vocabulary import topics
from services.audit.replay import replay
from services.operate.topics import apply_topics
from services.platform.process.exit_codes import FENCED, GOOD, UNREACHABLE
from services.platform.settings import environment
from services.routing.app import serve
from tests.contracts.envelope.kit import DESKS, NOW, realm
from tests.faults import checks
from tests.faults.ledger import read_ledger
from tests.kafka import kit
from tests.kafka.campaign import ended
from tests.kafka.operate.older import unpacked

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

RELEASE: Final = "6a61835"  # the last commit before several brokers, TLS and parties' signatures
SHARDS: Final = 2
OLD_EVENTS: Final = 150
NEW_EVENTS: Final = 150

PREPARE: Final = f"""
import asyncio, sys
from tests.kafka import kit

asyncio.run(kit.prepare(sys.argv[1], {SHARDS}))
"""
PUBLISH: Final = f"""
import asyncio, random, sys
from tests.kafka import kit

async def main():
    chance, publisher = random.Random(1), kit.Publisher(sys.argv[1])
    for _ in range({OLD_EVENTS} // 10):
        issuer = chance.choice(("edu-s", "pmi"))
        await publisher.publish([publisher.event(chance.randrange(20), issuer)[1] for _ in range(10)])

asyncio.run(main())
"""


@dataclass(frozen=True)
class Old:
    """The older release, unpacked.

    Attributes:
        folder: its code.
        home: of its routers.
    """

    folder: Path
    home: Path

    @property
    def log(self) -> Path:
        """What all of them say."""
        return self.home / "old.log"

    def overtaken(self) -> list[int]:
        """Exit codes of its routers by what they said last: fenced, or in the middle of a commit.

        Who is fenced while it commits cannot know whether it did (`outcome_unknown`, exit code 3).
        """
        lines = [line for line in self.log.read_text().splitlines() if '"event":"ended"' in line]
        ends = {"fenced": FENCED, "outcome_unknown": UNREACHABLE}
        return [ends[orjson.loads(line)["code"]] for line in lines]

    def start(self, *command: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start a Python of it."""
        ours = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command], cwd=self.folder, env={**ours, **variables},
                stdout=log, stderr=log,
            )  # fmt: skip

    async def run(self, *command: str) -> None:
        """Start one and wait for its good end."""
        process = self.start(*command)
        assert await ended(process, 120) == GOOD, self.log.read_text()[-2000:]

    def router(self, bootstrap: str, shard: int) -> subprocess.Popen[bytes]:
        """One of its routers, with the test kit's keys."""
        more = {"shard": shard, "shards": SHARDS, "batch_events": 10}
        settings = kit.settings(bootstrap, self.home, **more)
        return self.start("-m", "tests.kafka.router", **environment(settings))


@pytest.fixture
def old(tmp_path: Path) -> Old:
    """The older release out of the history."""
    return Old(unpacked(RELEASE, tmp_path / "old", "; see test_old_log.py"), tmp_path)


def owners() -> Owners:
    """Ours, as an upgraded home has them: what was adopted before parties signed is trusted."""
    return replace(kit.owners(), trusted=frozenset([kit.convention().digest]))


async def test_new_routers_take_over_from_old_ones(fresh: str, old: Old) -> None:
    """Old owners end, overtaken; every event of both is decided once, in order, and replays."""
    await old.run("-c", PREPARE, fresh)
    routers = [old.router(fresh, shard) for shard in range(SHARDS)]
    publishing = old.start("-c", PUBLISH, fresh)
    stop, tasks = asyncio.Event(), list[asyncio.Task[int]]()
    try:
        await kit.until(fresh, {"decided": OLD_EVENTS // 5})
        await apply_topics(fresh, plan(kit.convention(), realm(kit.REALM).directory))
        tasks = [_new_router(fresh, old.home, shard, stop) for shard in range(SHARDS)]
        await _publish(fresh)
        codes = [await ended(one, 120) for one in routers]
        assert await ended(publishing, 120) == GOOD
        await kit.until(fresh, {"decided": OLD_EVENTS + NEW_EVENTS})
    finally:
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in (*routers, publishing):
            one.kill()
            one.wait()

    assert Counter(codes) == Counter(old.overtaken()), old.log.read_text()
    assert len(codes) == SHARDS
    assert [task.result() for task in tasks] == [GOOD] * SHARDS
    await _check(fresh)


def _new_router(bootstrap: str, home: Path, shard: int, stop: asyncio.Event) -> asyncio.Task[int]:
    settings = kit.settings(bootstrap, home, shard=shard, shards=SHARDS, batch_events=10)
    return asyncio.create_task(serve(settings, kit.router_keys(), owners(), stop))


async def _publish(bootstrap: str) -> None:
    """Events of the present code, by other desks of the same cases."""
    publisher = kit.Publisher(bootstrap, count=OLD_EVENTS)  # ids of its own
    for number in range(NEW_EVENTS // 10):
        issuer = ("edu-h-1", "asso")[number % 2]
        events = [publisher.event(case, issuer) for case in range(10)]
        await publisher.publish([record for _, record in events])


async def _check(bootstrap: str) -> None:
    # The older release told each desk in a topic of its own, which comes before its agency's.
    names = [topics.former_inbox(kit.REALM, desk) for desk in DESKS]
    names += [one.name for one in plan(kit.convention(), realm(kit.REALM).directory)]
    ledger = await read_ledger(bootstrap, names)
    found = {
        check.__name__: check(ledger)
        for check in (
            checks.not_decided, checks.decided_twice, checks.put_aside, checks.messages_lost,
            checks.messages_too_many, checks.out_of_order, checks.gaps,
        )
    }  # fmt: skip
    verdict = await replay(bootstrap, [kit.REALM], owners(), lambda: NOW)

    assert {name: one for name, one in found.items() if one} == {}
    assert len(ledger.published) == len(ledger.decided) == OLD_EVENTS + NEW_EVENTS
    assert [one for _, one in verdict.findings if one.alarm] == []
    assert verdict.records == len(ledger.records)
