"""A start behind a snapshot: the same state and the same next record, or it is refused and the log is read."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import cast

import orjson
import pytest

from contracts.decision.state import sums
from contracts.decision.state.rows import rows
from contracts.decision.state.state import State
from contracts.decision.state.sums import keep_up, row_sum, state_digest
from contracts.log.replaying.replay import Replayer
from contracts.log.routing.partition_router import PartitionRouter
from contracts.vocabulary import topics
from services.audit.snapshot import RealmSnapshot, Stand, save
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.process.metrics import Metrics
from services.routing import from_snapshot
from services.routing.from_snapshot import Snapshot
from services.routing.restart import rebuild_states
from services.routing.stores import Stores
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus, inbound
from tests.services.routing.test_rebuilt import longest, played
from tests.services.routing.test_store import TailReader

pytestmark = pytest.mark.anyio

EVERY = 4
Lines = list[bytes]


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs of a test are short."""
    monkeypatch.setattr(sums, "POINT_EVERY", EVERY)


class Place:
    """A home where routers of a bus start, and somebody's snapshot of its log."""

    def __init__(self, bus: Bus, home: Path) -> None:
        self.bus, self.home, self.path = bus, home, home / "snapshot"
        self.metrics = Metrics("routing")
        self.stores: Stores | None = None
        self.read = 0

    def save(self) -> None:
        """As `audit replay --save` does."""
        stands, ids = [], dict[str, int]()
        for number in self.bus.routers:
            replayer = Replayer("civil", number, self.bus.registry, ids)
            evidence = self.bus.evidence(number)
            for row in self.bus.log(number):
                assert not [
                    one
                    for one in replayer.step(
                        row.value, tuple(row.headers), evidence[row.key.decode()]
                    )
                    if one.alarm
                ]
            told = replayer.told()
            at = told[0].summed.tail.index if told is not None else None
            stands.append(Stand(at, at, *told) if told is not None else Stand(None, None))
        save(
            self.path,
            {"civil": RealmSnapshot([], ids, stands), "criminal": RealmSnapshot([], {}, [])},
        )

    def altered(self, change: Callable[[Lines], Lines]) -> None:
        """Lines of the file changed, under a digest of the whole that fits."""
        lines = change(self.path.read_bytes().splitlines(keepends=True)[:-1])
        told = hashlib.sha256(b"".join(lines)).hexdigest()
        self.path.write_bytes(b"".join([*lines, orjson.dumps({"sha256": told}), b"\n"]))

    async def start(self, *, stored: bool = True, known: bool = True) -> dict[int, State]:
        """Of each partition the state, in a home that has no store."""
        if self.stores is not None:
            self.stores.close()
        self.stores = Stores(self.home / "state", "civil", self.metrics) if stored else None
        snapshot = Snapshot(self.path, "civil", self.metrics) if known else None
        reader = TailReader(self.bus)
        states = await rebuild_states(
            cast("LogReader", reader), "civil", sorted(self.bus.routers), self.bus.registry,
            stores=self.stores, snapshot=snapshot,
        )  # fmt: skip
        self.read = reader.asked
        return states

    def refused(self) -> dict[str, int]:
        """Why snapshots were not believed, and of how many partitions."""
        return {
            sample.labels["code"]: int(sample.value)
            for metric in self.metrics.snapshots_refused.collect()
            for sample in metric.samples
            if sample.name.endswith("_total")
        }

    def check(self, states: dict[int, State]) -> None:
        """The states are what the log adds up to, and so are their sums."""
        for number, state in states.items():
            assert state_digest(state) == state_digest(self.bus.rebuilt(number))
            assert keep_up(state) == row_sum(rows(state))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A bus that has lived, and a snapshot of it."""
    found = Place(played(), tmp_path)
    found.save()
    return found


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("keep_rows", [1, 3, 20_000])
async def test_a_start_reads_what_lies_behind_a_snapshot_and_writes_the_same_next_record(
    place: Place, monkeypatch: pytest.MonkeyPatch, *, stored: bool, keep_rows: int
) -> None:
    """Byte for byte what a router writes that read the whole log; later starts have the store."""
    monkeypatch.setattr(from_snapshot, "KEEP_ROWS", keep_rows)
    number = longest(place.bus)
    whole = await place.start(stored=False, known=False)
    all_of_it = place.read

    states = await place.start(stored=stored)

    place.check(states)
    assert place.read < all_of_it / 2
    assert place.refused() == {}
    batches = []
    for one in (whole, states):
        router = PartitionRouter("civil", number, one[number], place.bus.keys)
        salt = kit.Seeded("the next one")
        events = [inbound(place.bus, seed=f"next {at}", case=f"case {at}") for at in range(9)]
        place.bus.offset -= 9
        own = [event for event in events if event.partition == number]
        late = router.state.tail.at + 200 * kit.DAY
        batches.append(router.batch(own, place.bus.registry, late, lambda: salt(16)).out)  # noqa: B023
    assert batches[0] == batches[1] != []
    if stored:
        place.check(await place.start(known=False))
        assert place.read <= 2 * topics.PARTITIONS


def rows_at(lines: Lines, table: bytes = b"") -> list[int]:
    """Which lines are rows."""
    return [
        at
        for at, line in enumerate(lines)
        if line.startswith(b'["' + table) and line.count(b",") == 2
    ]


def other_value(lines: Lines) -> Lines:
    """A sequence number that is one higher."""
    at = rows_at(lines, b"seq")[0]
    name, key, value = orjson.loads(lines[at])
    more = b64encode(str(int(b64decode(value)) + 1).encode()).decode()
    return [*lines[:at], orjson.dumps([name, key, more]) + b"\n", *lines[at + 1 :]]


def before_time(lines: Lines) -> Lines:
    """An event id that is to be forgotten before there was any time."""
    at = rows_at(lines, b"seen")[0]
    name, key, value = orjson.loads(lines[at])
    iss, cover, _exp, leaf = orjson.loads(b64decode(value))
    row = b64encode(orjson.dumps([iss, cover, -1, leaf])).decode()
    return [*lines[:at], orjson.dumps([name, key, row]) + b"\n", *lines[at + 1 :]]


def swapped(lines: Lines) -> Lines:
    """Two rows that have each other's values."""
    first, second = rows_at(lines, b"chain")[0], rows_at(lines, b"seen")[0]
    one, other = orjson.loads(lines[first]), orjson.loads(lines[second])
    one[2], other[2] = other[2], one[2]
    found = list(lines)
    found[first], found[second] = orjson.dumps(one) + b"\n", orjson.dumps(other) + b"\n"
    return found


def without_one(lines: Lines) -> Lines:
    """A row left out."""
    at = rows_at(lines, b"cases")[0]
    return lines[:at] + lines[at + 1 :]


def twice(lines: Lines) -> Lines:
    """A row that is there twice."""
    at = rows_at(lines, b"cases")[0]
    return lines[:at] + lines[at : at + 1] + lines[at:]


def heads(lines: Lines) -> list[int]:
    """Which lines begin a partition."""
    return [at for at, line in enumerate(lines) if line.startswith(b'{"decisions":')]


def of_another_partition(lines: Lines) -> Lines:
    """Each partition has the next one's state."""
    begin = heads(lines)
    end = next(at for at, line in enumerate(lines) if b"criminal" in line)
    parts = [lines[one:other] for one, other in zip(begin, [*begin[1:], end], strict=True)]
    return [
        *lines[: begin[0]],
        *(line for part in (*parts[1:], parts[0]) for line in part),
        *lines[end:],
    ]


def head_with(**more: object) -> Callable[[Lines], Lines]:
    """Something else in each partition's head."""

    def change(lines: Lines) -> Lines:
        found = list(lines)
        for at in heads(lines):
            head = orjson.loads(lines[at])
            if head["decisions"] is not None:
                tail = head["tail"] | {
                    name: value for name, value in more.items() if name in head["tail"]
                }
                found[at] = orjson.dumps({**head, **more, "tail": tail}) + b"\n"
        return found

    return change


def of_another_realm(lines: Lines) -> Lines:
    """The criminal bus's, by its name."""
    return [line.replace(b'"civil"', b'"other"', 1) for line in lines]


ALTERED: list[tuple[Callable[[Lines], Lines], set[str]]] = [
    (other_value, {"foreign"}), (before_time, {"foreign", "damaged"}), (swapped, {"foreign", "damaged"}), (without_one, {"foreign"}),
    (twice, {"foreign"}), (of_another_partition, {"foreign", "ahead"}), (of_another_realm, {"foreign"}),
    (head_with(layout=[1, 6, 2]), {"foreign"}), (head_with(dird="A" * 43), {"foreign"}),
    (head_with(orders=[]), {"foreign"}), (head_with(at=1), {"foreign"}), (head_with(decisions=0), {"foreign"}),
    (head_with(evidence=0), set()), (head_with(evidence=10**6), {"evidence_missing"}),
    (head_with(decisions=10**6), {"ahead"}), (head_with(decisions=-1), {"damaged"}),
    (head_with(evidence=1 << 63), {"damaged"}), (head_with(index="1"), {"damaged", "foreign"}),
    (lambda lines: lines[:-4], {"foreign", "damaged"}), (lambda lines: [b'{"relais-snapshot":2}\n', *lines[1:]], {"damaged"}),
]  # fmt: skip


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("which", range(len(ALTERED)))
async def test_an_altered_snapshot_is_refused_and_the_log_is_read(
    place: Place, monkeypatch: pytest.MonkeyPatch, which: int, *, stored: bool
) -> None:
    """Whatever its own digest says: the record in the log has the last word, and all is as without."""
    monkeypatch.setattr(
        from_snapshot, "KEEP_ROWS", 1
    )  # rows are in the store before they are believed
    change, why = ALTERED[which]
    place.altered(change)

    states = await place.start(stored=stored)

    place.check(states)
    found = place.refused()
    assert set(found) - {"foreign"} <= why
    assert sum(found.values()) > 0 or not why
    if stored:
        place.check(await place.start(known=False))
        assert place.read <= 2 * topics.PARTITIONS


async def test_a_byte_that_is_another_or_a_file_that_is_not_there_is_refused(place: Place) -> None:
    """Under the digest that it had."""
    data = bytearray(place.path.read_bytes())
    data[len(data) // 2] ^= 1
    place.path.write_bytes(bytes(data))

    place.check(await place.start())
    assert place.refused() == {"damaged": topics.PARTITIONS}
    place.path.unlink()
    place.check(await place.start(stored=False))
    assert place.refused().keys() == {"damaged", "missing"}


async def test_a_snapshot_from_the_future_is_refused(place: Place) -> None:
    """Of a log that was cut behind a signed record, as a broker that lost its disk may have it."""
    number = longest(place.bus)
    for name in (topics.decisions("civil"), topics.evidence("civil")):
        del place.bus.written[name, number][EVERY + 2 :]
    kept = place.bus.log(number)
    while not kept[-1].headers:
        del kept[-1], place.bus.written[topics.evidence("civil"), number][-1]

    place.check(await place.start())

    assert place.refused() == {"ahead": 1}


async def test_a_store_that_is_believed_needs_no_snapshot(place: Place) -> None:
    """One that is not gives way to it."""
    place.check(await place.start(known=False))
    place.path.write_bytes(b"none")

    place.check(await place.start())
    assert place.refused() == {}

    place.save()
    for store in (place.home / "state").glob("*.lmdb"):
        store.write_bytes(b"none")
    place.check(await place.start())
    assert place.refused() == {}
    assert place.read < sum(len(place.bus.log(number)) for number in place.bus.routers)
