"""The convention changes while events are in flight, on a real broker, between two shards."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from aiokafka import TopicPartition

from contracts.convention.load import load
from contracts.conventions import SECOND, read
from contracts.encoding import b64u, sha256, unb64u
from contracts.envelope.issue import Issued
from contracts.vocabulary import topics
from contracts.vocabulary.conditions import Call, Declared
from services.audit.replay import replay
from services.platform.kafka.orders import control
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.writing.transactions import Transactions
from services.platform.process import clock
from tests.contracts.convention.parties import signatures
from tests.contracts.envelope.kit import NOW, addressed, inbox, sample_recipient
from tests.kafka import kit
from tests.kafka.campaign import ended

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SHARDS: Final = 2
LATER: Final = 3600  # seconds until the second version holds
FIRST: Final = kit.convention().digest
NEXT: Final = b64u(sha256(read(SECOND)))
# R10 lets the prevention team write to the prosecutor; the second version does not.
CALL: Final = Call(to="duty_magistrate", at=NOW - 60, ref=b64u(bytes(16)))
URGENT: Final[dict[str, Any]] = {
    "etype": "SIG",
    "to": [sample_recipient("parq-civ", ("FACTS", "IDENTITY"), purpose="protect_now")],
    "declared": Declared(call=CALL, danger=True),
}


@dataclass
class Traffic:
    """Events from two desks, whose covers name versions at random."""

    publisher: kit.Publisher
    chance: random.Random = field(default_factory=lambda: random.Random(4))
    published: list[Issued] = field(default_factory=list)
    named: tuple[str, ...] = (FIRST,)
    over: bool = False

    async def run(self) -> None:
        """Publish until it is over."""
        transactions = Transactions(self.publisher.bootstrap, ["versions.a", "versions.b"])
        await transactions.start()
        try:
            while not self.over:
                events = [self._event() for _ in range(self.chance.randint(1, 8))]
                async with transactions.transaction() as transaction:
                    await transaction.send(*(record for _, record in events))
                self.published += [issued for issued, _ in events]
                await asyncio.sleep(0.05)
        finally:
            await transactions.stop()

    def _event(self) -> tuple[Issued, Any]:
        issuer = self.chance.choice(("psp", "edu-s"))
        more = dict(URGENT) if issuer == "psp" else {}
        case, convd = self.chance.randrange(30), self.chance.choice(self.named)
        return self.publisher.event(case, issuer, convd=convd, **more)


@asynccontextmanager
async def shards(bootstrap: str, home: Path) -> AsyncIterator[list[Any]]:
    """Both shards as processes; whoever is in the list at the end is asked to end."""
    log = home / "routers.log"
    running = [
        kit.start_router(bootstrap, home, log, shard=n, shards=SHARDS, batch_events=10)
        for n in range(SHARDS)
    ]
    try:
        yield running
    finally:
        for process in running:
            process.terminate()
        for process in running:
            await ended(process)


async def test_each_event_is_judged_by_the_version_its_partition_adopted_last(
    fresh: str, tmp_path: Path
) -> None:
    """Covers may name predecessor and announced successor; the partition's own version decides."""
    await kit.prepare(fresh, SHARDS)
    traffic = Traffic(kit.Publisher(fresh))
    async with shards(fresh, tmp_path) as running:
        publishing = asyncio.create_task(traffic.run())
        await kit.until(fresh, {"decided": 60})
        await _announce(fresh)
        traffic.named = (FIRST, NEXT)
        await _more(fresh, 120)
        clock.set_to(tmp_path / "clock", NOW + LATER)  # both shards adopt, in the midst of it
        running[0].kill()
        await ended(running[0])
        running[0] = kit.start_router(
            fresh, tmp_path, tmp_path / "again.log", shard=0, shards=SHARDS, batch_events=10
        )
        await _more(fresh, 120)
        traffic.over = True
        await publishing
        log = await kit.until(fresh, {"decided": len(traffic.published)})

    verdict = await replay(fresh, [kit.REALM], kit.owners(), lambda: NOW + LATER)
    released = await _released(fresh)
    _check(traffic.published, log, released)
    assert [one for _, one in verdict.findings if one.alarm] == []
    assert verdict.records == len(log)


async def _announce(bootstrap: str) -> None:
    text = read(SECOND)
    await control.adopt_convention(
        bootstrap, kit.REALM, kit.owners(), text.decode(), signatures(text),
        start=NOW + LATER, signers=[kit.OWNER],
    )  # fmt: skip


async def _more(bootstrap: str, count: int) -> None:
    """Wait for so many more decisions."""
    log = await kit.records(bootstrap)
    decided = [one["kind"] for one in log].count("decided")
    await kit.until(bootstrap, {"decided": decided + count})


async def _released(bootstrap: str) -> dict[str, dict[str, Any]]:
    """Slip -> the receipt of its delivery to the prosecutor."""
    name = inbox(kit.REALM, "parq-civ")
    async with LogReader(bootstrap) as reader:
        places = {TopicPartition(name, number): None for number in range(topics.PARTITIONS)}
        found = [one async for batch in reader.read(places) for one in batch]
    data = [orjson.loads(one.value or b"")["data"] for one in addressed(found, "parq-civ")]
    return {
        one["slip"]: orjson.loads(unb64u(one["receipt"].split(".")[1]))
        for one in data
        if "slip" in one
    }


def _check(
    published: list[Issued], log: list[dict[str, Any]], released: dict[str, dict[str, Any]]
) -> None:
    """One decision each, by one version, which the record names, and which only rises."""
    records = {one["cover"]: one for one in log if one["kind"] == "decided"}
    assert Counter(one["kind"] for one in log).keys() == {"genesis", "adopted", "decided"}
    assert len(records) == len([one for one in log if one["kind"] == "decided"]) == len(published)
    judged: Counter[tuple[str, str]] = Counter()
    for event in published:
        by = records[event.digest]["convd"]
        judged[event.claims.convd, by] += 1
        if event.claims.etype == "SIG":
            receipt = released.get(event.slips[0])
            assert (receipt is not None) == (by == FIRST)
            assert receipt is None or receipt["convd"] == FIRST
    assert judged.keys() == {(FIRST, FIRST), (NEXT, FIRST), (FIRST, NEXT), (NEXT, NEXT)}
    versions = defaultdict(list)
    for one in log:
        versions[one["partition"]].append((one["index"], load_version(one.get("convd", ""))))
    for found in versions.values():
        assert [version for _, version in sorted(found)] == sorted(one[1] for one in found)


def load_version(convd: str) -> int:
    """Number of a version; 0 before any was adopted."""
    return {"": 0, FIRST: 1, NEXT: 2}[convd]


def test_the_second_version_names_the_first() -> None:
    """What is tested above is a successor, and closes what the test sends."""
    second = load(read(SECOND), SECOND)

    assert second.predecessor == FIRST
    assert second.digest == NEXT
