"""A state kept on disk: a start goes on from it only where the log bears it out."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast
from unittest.mock import Mock

import orjson
import pytest
from aiokafka import TopicPartition
from structlog.testing import capture_logs

from contracts.decision.state.shelves import LostRowError, Shelf
from contracts.decision.state.state import Duty, State
from contracts.decision.state.view import View
from contracts.encoding import sha256
from contracts.envelope.wire import Inbound
from contracts.log.orders.layout import Layout
from contracts.log.routing.partition_router import PartitionRouter
from contracts.vocabulary import topics
from services.operate.status.ask import Samples
from services.platform.ports import Ports, given
from services.platform.process.exit_codes import DamagedLogError, FencedError, UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.store.owned import SUMS, StoredTable, row_check
from services.platform.store.place import SLOW, remove_store
from services.routing.store import ALONE, Reach, ShardStore, StateStore, remove_others
from tests.contracts.decision.state.tables import whole
from tests.contracts.envelope import kit
from tests.contracts.log.first_orders import begun
from tests.contracts.log.routed import Bus
from tests.services.routing.test_rebuilt import kafka_of, played, rebuilt


class Shard:
    """A bus whose routers live on a store, one life after another."""

    def __init__(self, bus: Bus, home: Path) -> None:
        self.bus, self.folder, self.layout = bus, home / "state", ALONE
        self.metrics, self.health = Metrics("routing"), ServiceHealth()
        self.stores = ShardStore(self.folder, bus.name, self.metrics, self.health)
        self.read = 0

    async def start(self, *, altered: bool = False) -> dict[int, State]:
        """A new life: what the one before had not written is lost with it.

        Its states are what the log adds up to, unless rows were altered under a sum that fits.
        """
        self.stores.place.close()
        given_ = self.folder, self.bus.name, self.metrics, self.health
        self.stores = ShardStore(*given_, self.layout)
        kafka = kafka_of(self.bus.written, evidence=7, decisions=7)
        states, _ = await rebuilt(self.bus, stores=self.stores, kafka=kafka)
        self.read = kafka.handed
        for number, state in states.items():
            assert altered or whole(state) == whole(self.bus.rebuilt(number))
            self.bus.routers[number] = PartitionRouter(self.bus.name, number, state, self.bus.keys)
        return states

    @property
    def path(self) -> Path:
        return self.stores.place.path

    def write(self) -> None:
        for number, router in self.bus.routers.items():
            self.stores.took(number, router.state, self.last(), {})
        self.stores.write(now=True)

    def last(self) -> dict[TopicPartition, int]:
        return {TopicPartition(*place): len(rows) - 1 for place, rows in self.bus.written.items()}

    def there(self) -> float | None:
        """Where states are: 1 on disk, 0 in memory alone."""
        return self.metrics.registry.get_sample_value("relais_store", {"realm": "civil"})

    def refused(self) -> dict[tuple[str, ...], float]:
        """Why stores were not believed, and how often."""
        return Samples.read(self.metrics.page().decode()).by("stores_refused_total", "code")


async def lived(home: Path) -> Shard:
    """A shard that has routed, and has written all of it."""
    shard = Shard(played(), home)
    await shard.start()
    return shard


@pytest.fixture
async def shard(tmp_path: Path) -> Shard:
    """A shard on a disk without faults."""
    return await lived(tmp_path)


async def test_a_start_reads_what_its_store_does_not_have(shard: Shard) -> None:
    """Of each partition the last record, which the store must agree with, and its evidence."""
    whole = shard.read

    states = await shard.start()

    assert shard.read == 2 * sum(bool(shard.bus.log(number)) for number in states) < whole
    assert shard.refused() == {}
    assert shard.there() == 1


async def test_a_slow_disk_is_told_of_while_it_is(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `/ready`, of each store: another's quick write, or a new one, leaves it there."""
    own, other = f"{SLOW}_civil", f"{SLOW}_criminal"
    shard.health.warnings.add(other)
    for seconds, warnings in ((0.0, [own, other]), (60.0, [other]), (0.0, [own, other])):
        monkeypatch.setattr("services.platform.store.place.SLOW_S", seconds)
        shard.write()
        assert shard.health.report()["warnings"] == warnings
    shard.stores.place.close()
    assert shard.health.report()["warnings"] == [other]


async def test_a_new_store_that_is_spoilt_too_is_done_without(shard: Shard) -> None:
    """A disk that gives back other bytes than it took costs a start its time."""
    with given(Ports(database=Mock(side_effect=sqlite3.DatabaseError))):
        await shard.start()

    assert shard.there() == 0


Meddle = Callable[[Shard], None]


def says(*, part: bool = False, **other: object) -> Meddle:
    """A head that says otherwise, whole in itself, of the whole store or of a partition."""

    def head(shard: Shard) -> None:
        shard.stores.place.close()
        with closing(sqlite3.connect(shard.path)) as db, db:
            (value,) = db.execute("SELECT value FROM own WHERE key = ?", (b"head",)).fetchone()
            told = orjson.loads(value[32:])
            (told["parts"][str(shard.bus.longest)] if part else told).update(other)
            text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
            db.execute("UPDATE own SET value = ? WHERE key = ?", (sha256(text) + text, b"head"))

    return head


def _resharded(shard: Shard) -> None:
    """It has partitions that are another shard's now, and no erasure would reach them."""
    shard.layout = Layout(2, 2)


@pytest.mark.parametrize(
    ("why", "meddle"),
    [
        ("damaged", says(sum="0" * 16)), ("format", says(format=99, parts=1, sum=[])),
        ("foreign", says(realm="criminal")), ("foreign", _resharded),
        ("foreign", says(part=True, decisions=0)), ("ahead", says(part=True, decisions=10_000)),
    ],
)  # fmt: skip
async def test_what_the_log_does_not_bear_out_is_not_believed(
    shard: Shard, why: str, meddle: Meddle
) -> None:
    """By name: the log is read from its beginning, and a new store is written."""
    meddle(shard)

    with capture_logs() as said:
        await shard.start()

    assert shard.refused() == {(why,): 1}
    assert [(one["event"], one["why"]) for one in said] == [("store refused", why)]
    await shard.start()
    assert shard.refused() == {(why,): 1}


def test_a_shard_that_is_no_more_leaves_no_file(tmp_path: Path) -> None:
    """Nobody owns it, and no erasure would reach it; another realm's and other files stay."""
    stay = {"criminal-2.sqlite", "civil-2.sqlite.copy", "civil-1.sqlite"}
    for name in {*stay, "civil-2.sqlite", "civil-11.sqlite-wal"}:
        (tmp_path / name).touch()

    remove_others(tmp_path, "civil", begun("civil", 2))

    assert {path.name for path in tmp_path.iterdir()} == stay


def later_event(shard: Shard, partition: int) -> Inbound:
    """An event of a new case that lies in a partition."""
    names = (f"later {at}" for at in range(99))
    events = (shard.bus.inbound(seed=name, case=name) for name in names)
    return next(event for event in events if event.partition == partition)


async def test_rows_altered_under_a_sum_that_fits_are_seen_by_a_replay(shard: Shard) -> None:
    """Whoever writes there needs no key: the router believes it, and its log says so for ever."""
    number = shard.bus.longest
    event = later_event(shard, number)
    assert not any(finding.alarm for finding in shard.bus.replay(kit.NOW + 60 * kit.DAY))
    (desk,) = [one for one in shard.bus.routers[number].state.seq if "edu-s" in one]
    shard.stores.place.close()
    with closing(sqlite3.connect(shard.path)) as db, db:
        which = f"seq/{number}".encode(), desk.encode()
        gone = db.execute("DELETE FROM rows WHERE part = ? AND key = ?", which)
        rows = db.execute("SELECT * FROM rows").fetchall()
    says(sum=f"{sum(row_check(*row) for row in rows) % SUMS:016x}")(shard)

    await shard.start(altered=True)
    shard.bus.route(event, now=kit.NOW + 60 * kit.DAY)

    assert (gone.rowcount, shard.refused()) == (1, {})
    assert any(finding.alarm for finding in shard.bus.replay(kit.NOW + 60 * kit.DAY))


async def test_a_log_that_is_damaged_is_damaged_with_a_store_too(shard: Shard) -> None:
    """What lies behind the store is held to the same rules."""
    number = shard.bus.longest
    event = later_event(shard, number)
    shard.bus.route(event, now=kit.NOW + 60 * kit.DAY)
    rows = shard.bus.written[topics.evidence("civil"), number]
    rows[-1] = replace(rows[-1], value=rows[-1].value + b" ")

    with pytest.raises(DamagedLogError) as raised:
        await shard.start()

    assert raised.value.code == "evidence_altered"


@pytest.mark.parametrize("removed", [False, True])
def test_who_was_replaced_writes_nothing(tmp_path: Path, *, removed: bool) -> None:
    """A process that wakes up finds that another has opened its store, or a new one in its place.

    That its disk were at fault it is not told: it would start again and fence the other.
    """
    store = StateStore(tmp_path / "civil-0.sqlite", "civil")
    state = store.state(0, 6)
    state.chain["urn:any"] = "leaf"
    store.write({0: (state, Reach(0, 0))})
    if removed:
        remove_store(store.path)
    StateStore(store.path, "civil").close()
    before = store.path.read_bytes()

    with pytest.raises(FencedError):
        store.write({0: (state, Reach(0, 0))})

    assert store.path.read_bytes() == before


def older(path: Path) -> None:
    """A copy of its own of before is put in its place."""
    path.with_name("older").replace(path)


@pytest.mark.parametrize("meddle", [Path.unlink, older])
async def test_a_file_that_goes_under_a_router_is_no_empty_state(
    shard: Shard, meddle: Callable[[Path], None]
) -> None:
    """What is there by its name later is not read or written; the next start reads the log."""
    number = shard.bus.longest
    state, path = shard.bus.routers[number].state, shard.path
    table = cast("StoredTable", cast("Shelf[str]", state.chain)._table)
    (key, _), *_ = state.chain.items()
    shutil.copy(path, path.with_name("older"))
    shard.write()
    meddle(path)

    shard.stores.took(number, state, shard.last(), {})
    with pytest.raises(LostRowError):
        shard.stores.write(now=True)
    assert table.get(key.encode()) is not None

    await shard.start()


CASES = [f"case-token-{number:04}-of-the-test" for number in range(400)]
ERASED = CASES[137]


def duty(token: str, due: int) -> Duty:
    """A duty of a case, which an agenda has under its token."""
    return Duty(
        f"duty of {token}", token, "issuer", ("R18",), (), False, "debtor", "creditor", due, True,
        False, "received", "P3M", "", 0, due,
    )  # fmt: skip


def kept(path: Path) -> StateStore:
    """A store with many cases, of which each has a duty that was moved once."""
    store = StateStore(path, "civil")
    state = store.state(0, 6)
    for due in (5_000, 6_000):
        view = View(state)
        for number, token in enumerate(CASES):
            view.edit(token).links[token] = "2026-09-07"
            view.put_duty(token, duty(token, due + number))
        view.merge()
        store.write({0: (state, Reach(1, 1))})
    return store


def test_of_what_is_erased_no_byte_is_left_in_the_file(tmp_path: Path) -> None:
    """Neither on a free page, nor in what was to fall due; the others are read as before."""
    path, synced = tmp_path / "civil-0.sqlite", list[Path]()
    store = kept(path)
    state = store.state(0, 6)
    view = View(state)
    view.cases[ERASED] = None
    view.merge()

    with given(Ports(synced=synced.append)):
        store.write({0: (state, Reach(2, 2))})

    assert synced == [path]
    assert not [file.name for file in tmp_path.iterdir() if ERASED.encode() in file.read_bytes()]
    assert CASES[138].encode() in path.read_bytes()
    written = whole(state)
    assert sorted(store.state(0, 6).cases) == sorted(set(CASES) - {ERASED})
    assert whole(store.state(0, 6)) == written
    store.check()
    store.close()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_an_erased_case_is_due_no_more_whether_on_disk_or_not(tmp_path: Path) -> None:
    """The agenda of a table, and what was added since, leave out the same as one in memory."""
    store = kept(tmp_path / "civil-0.sqlite")
    state = store.state(0, 6)
    view = View(state)
    view.cases[CASES[0]] = None
    view.put_duty(CASES[1], duty(CASES[1], 10))
    view.merge()

    again = View(state)
    again.cases[CASES[1]] = None
    again.merge()

    assert View(state).next_due() == (6_002, "overdue", f"duty of {CASES[2]}", CASES[2])
    store.close()


EVENTS = 600  # whose rows no file has room for by chance


def mount(*options: str) -> bool:
    """Mount or change a small disk in memory; False where that is not ours to do."""
    return subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own."""
    path = tmp_path / "disk"
    path.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=64m", "relais-store", str(path)):
        pytest.skip("mounting needs root")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


def full(shard: Shard, disk: Path) -> None:
    """Leave no room: who writes ends, and a start goes on without a store."""
    now = os.statvfs(disk)
    size = (now.f_blocks - now.f_bfree) * now.f_frsize
    assert mount("-o", f"remount,size={size}", str(disk))
    with pytest.raises(UnreachableError, match="store_unwritable"):
        shard.write()


def read_only(shard: Shard, disk: Path) -> None:
    """Let nobody write."""
    shard.stores.place.close()
    assert mount("-o", "remount,ro", str(disk))


@pytest.mark.parametrize("spoil", [full, read_only])
async def test_a_disk_that_takes_nothing_loses_nothing(
    disk: Path, spoil: Callable[[Shard, Path], None]
) -> None:
    """A start goes on in memory and says so; once there is room there is a store again."""
    shard = await lived(disk)
    events = [shard.bus.inbound(seed=f"more {at}", case=f"more {at}") for at in range(EVENTS)]
    shard.bus.route(*events, now=kit.NOW + 60 * kit.DAY)
    spoil(shard, disk)

    with capture_logs() as said:
        await shard.start()

    shard.write()  # what is in memory alone needs no room
    assert {one["event"] for one in said} <= {"no store", "store refused"}
    assert said
    assert shard.there() == 0
    assert mount("-o", "remount,rw,size=64m", str(disk))
    await shard.start()
    assert shard.there() == 1
    whole = shard.read
    await shard.start()
    assert shard.read < whole / 10
