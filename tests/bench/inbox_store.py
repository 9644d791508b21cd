"""An agency's inbox at a start: records verified anew, beside rows of what they said.

Verified is a share of real deliveries; remembered are `RELAIS_MESSAGES` rows, each an event and case of its own.
What Kafka needs to hand over 6.6 KB a record comes on top of the former alone.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import orjson
from aiokafka import TopicPartition

from contracts.encoding import b64u, event_id, sha256
from contracts.envelope.receive import addressee
from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from services.agency.loops.inbox_recall import Recall
from services.agency.loops.inbox_store import InboxMemory, InboxStore
from services.agency.loops.incoming import Incoming
from services.agency.office.fold.agency_fold import Fold
from services.agency.office.fold.erased_numbers import ErasedNumbers
from services.agency.office.inbox.inbox_fold import Said, context_of, take
from services.agency.office.office import Office
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.store.owned import look_at
from tests.bench import core
from tests.bench.measure import Figure
from tests.contracts.envelope import kit
from tests.services.agency.bench import Clock
from tests.world import World

AGENCY, DESK = "child_welfare", "crip"
MESSAGES: Final = 20_000
VERIFIED: Final = 1_000
BATCH: Final = 500
_NAME: Final = topics.inbox("civil", AGENCY)


def figures() -> Iterator[Figure]:
    """CPU of both a message; what a start on the rows takes whole, and its memory."""
    said, spent = _verified()
    yield Figure("inbox record verified", "µs CPU", (spent / VERIFIED * 1e6,), f"of {VERIFIED:,}")
    messages = int(os.environ.get("RELAIS_MESSAGES", MESSAGES))
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        path = Path(folder) / "state" / "inbox.lmdb"
        _fill(path, messages, said)
        size = path.stat().st_size / messages
        command = [sys.executable, "-m", "tests.bench.inbox_store", str(path)]
        told = subprocess.run(command, check=True, capture_output=True).stdout
    cpu, before, after = orjson.loads(told.splitlines()[-1])
    note = f"{messages:,} rows; {size:.0f} bytes each on disk; {before:.0f} to {after:.0f} MB"
    yield Figure("inbox rows remembered", "s CPU", (cpu,), note)


def _verified() -> tuple[list[Said], float]:
    bus, here = core.begun(), kit.realm("civil")
    for at in range(0, VERIFIED, BATCH):
        bus.route(*core.published(BATCH, 1, f"inbox {at}"))
    records = [
        Inbound(_NAME, row.partition, at, row.key, row.value, tuple(row.headers), 1)
        for number in range(topics.PARTITIONS)
        for at, row in enumerate(kit.addressed(bus.written[_NAME, number], DESK))
    ]
    context, fold = (
        context_of("civil", DESK, here.directory, here.rings[DESK]),
        Fold([DESK], ErasedNumbers()),
    )
    began, told = time.process_time(), []
    for record in records:
        _, notice, shell = addressee(record.value, record.headers)
        place = ("civil", record.partition)
        _, said = take(record, shell, place, DESK, context, fold, notice=notice)
        told.append(cast("Said", said))
    return told, time.process_time() - began


def _fill(path: Path, messages: int, like: list[Said]) -> None:
    """Rows as real ones, each of an event, a case and duties of its own."""
    store = InboxStore(path, AGENCY)
    memory = InboxMemory(store, _inboxes())
    random = kit.Seeded("rows")
    for at in range(messages):
        said: dict[str, Any] = orjson.loads(orjson.dumps(like[at % len(like)]))
        event, case = event_id(kit.NOW * 1000 + at, random(10)), b64u(random(32))
        said["slip"][1], said["slip"][3] = event, case
        said["receipt"]["seq"] = at // topics.PARTITIONS + 1
        said.pop("kid")  # the world's directory is another
        for owed in said["receipt"]["due"]:
            owed["event"]["jti"] = event
            owed["id"] = b64u(sha256(f"{event} {owed['id']}".encode()))
        number = at % topics.PARTITIONS
        record = Inbound(_NAME, number, at // topics.PARTITIONS, b"", b"last", (), 1)
        memory.note(record, "civil", DESK, said, kit.realm("civil").directory)
        memory.last(record)
        if at % BATCH == 0 or at > messages - topics.PARTITIONS:
            taken = {_place(number): at // topics.PARTITIONS + 1 for number in range(6)}
            memory.write(taken, now=True)
    store.close()


def _place(number: int) -> TopicPartition:
    return TopicPartition(_NAME, number)


def _inboxes() -> dict[str, frozenset[str]]:
    return {_NAME: frozenset((DESK, "ase"))}


class Kafka:
    """Has the last record of each partition."""

    async def pick(self, wanted: dict[TopicPartition, list[int]]) -> dict[Any, Inbound]:
        """As it was."""
        return {
            (place, at): Inbound(place.topic, place.partition, at, b"", b"last", (), 1)
            for place, offsets in wanted.items()
            for at in offsets
        }


async def _recalled(path: Path) -> None:
    world = World()
    office = Office(world.offices[AGENCY].agency)
    inboxes = {name: ("civil", desks) for name, desks in _inboxes().items()}
    incoming = Incoming(office, Clock(world), inboxes)
    before, began = _resident(), time.process_time()
    store = InboxStore(path, AGENCY)
    store.head = store.told(look_at(path)) or {}
    places = [_place(number) for number in range(topics.PARTITIONS)]
    incoming.begin(dict.fromkeys(places, 0))
    memory = InboxMemory(store, _inboxes())
    recall = Recall(memory, store, incoming, cast("LogReader", Kafka()), dict.fromkeys(places, 0))
    await recall.fold(dict.fromkeys(places, 1 << 40))
    spent = time.process_time() - began
    sys.stdout.buffer.write(orjson.dumps([spent, before, _resident()]) + b"\n")


def _resident() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


if __name__ == "__main__":
    asyncio.run(_recalled(Path(sys.argv[1])))
