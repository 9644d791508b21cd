"""What nothing can fold again: damaged, it is left as it is, and stops what needs it."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from structlog.testing import capture_logs

from contracts.proof.note_keys import log_signers
from services.agency.loops import key_ends
from services.agency.webhooks import push
from services.agency.webhooks.post import Poster
from services.agency.webhooks.push import Webhooks
from services.agency.witness import LogWitness
from services.audit.tree.log_folder import LogFolder
from services.platform.http.receiver import Receiver
from services.platform.ports import Ports, given
from services.platform.process.clock import SystemClock
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.process.side_by_side import beside
from services.platform.store.memory import LOST, LostMemoryError, Memory
from tests.contracts.proof.log import ORIGIN
from tests.contracts.proof.test_witness import LOGS, OWN
from tests.patience import eventually
from tests.services.agency.bench import serving
from tests.services.agency.test_witness import asked

ROWS = {f"log/civil-{at}": bytes((at,)) * 700 for at in range(24)}


def written(path: Path) -> bytes:
    """A memory whose process has ended; its bytes."""
    memory = Memory(path)
    with memory.changing() as rows:
        rows.update(ROWS)
    memory.close()
    return path.read_bytes()


def read(path: Path) -> dict[str, bytes] | None:
    """What the next process finds; None: it is lost."""
    memory = Memory(path)
    try:
        with memory.changing() as rows:
            return dict(rows)
    except LostMemoryError:
        return None
    finally:
        memory.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process is in a step."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield


def test_whatever_is_spoilt_is_lost_and_stays(tmp_path: Path) -> None:
    """Any bit of its head, any byte, any end that is missing: never fewer rows, or older ones."""
    path, chance = tmp_path / "memory.sqlite", random.Random(5)
    whole = written(path)
    spoilt = [(bit // 8, 1 << bit % 8) for bit in range(0, 800, 3)]
    spoilt += [(chance.randrange(len(whole)), 1 << chance.randrange(8)) for _ in range(150)]
    lost = 0
    for at, bit in spoilt:
        data = bytearray(whole)
        data[at] ^= bit
        path.write_bytes(data)
        found = read(path)
        assert found in (None, ROWS), at
        if found is None:
            lost += 1
            assert path.read_bytes()[101:] == data[101:]
    for size in (0, 1, 4096, len(whole) - 4096):
        path.write_bytes(whole[:size])
        assert read(path) is None

    assert lost > len(spoilt) / 3


def _witness(memory: Memory, folder: Path) -> None:
    LogWitness(folder, memory, OWN, LOGS, SystemClock()).add(asked("a", 0, 9))


def _log(memory: Memory, folder: Path) -> None:
    LogFolder(folder / "civil-0", memory, log_signers(bytes(32), ORIGIN)).close()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _no_rows(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM memory")
    db.close()


def _no_folder(path: Path) -> None:
    shutil.rmtree(path.parent)
    path.parent.write_text("no folder")


@pytest.mark.parametrize("spoil", [_cut, _no_rows, _no_folder])
@pytest.mark.parametrize("part", [_witness, _log])
def test_what_needs_it_does_nothing_without(
    tmp_path: Path, spoil: Callable[[Path], None], part: Callable[[Memory, Path], None]
) -> None:
    """No checkpoint is signed or cosigned; one alarm, a warning, and none once it is mended."""
    path, health, metrics = tmp_path / "state" / "memory.sqlite", ServiceHealth(), Metrics("any")
    whole = written(path)
    spoil(path)
    memory = Memory(path)
    with capture_logs() as lines:
        memory.watch(metrics, health)
        for _ in range(2):
            with pytest.raises(LostMemoryError):
                part(memory, tmp_path)

    assert health.report()["warnings"] == [LOST]
    assert [line["code"] for line in lines] == [LOST]
    assert b'relais_alarms_total{code="memory_lost"} 1.0' in metrics.page()
    if path.parent.is_file():
        path.parent.unlink()
        path.parent.mkdir()
    path.write_bytes(whole)
    part(memory, tmp_path)
    assert health.report()["warnings"] == []


def test_one_that_was_moved_away_is_not_begun_anew(tmp_path: Path) -> None:
    """It would have forgotten what it cosigned; put back, it goes on."""
    path, away = tmp_path / "memory.sqlite", tmp_path / "away"
    whole, memory = written(path), Memory(path)
    memory.read()
    path.rename(away)

    for _ in range(2):
        with pytest.raises(LostMemoryError), memory.changing() as rows:
            rows["new"] = b"row"

    assert not path.exists()
    assert away.read_bytes() == whole
    away.rename(path)
    with memory.changing() as rows:
        rows["new"] = b"row"


async def test_webhooks_stop_and_keys_stay_longer_without(tmp_path: Path) -> None:
    """None is told again or passed over; no key goes by what nobody knows."""
    path = tmp_path / "memory.sqlite"
    whole = written(path)
    _cut(path)
    async with serving("child_welfare") as bench:
        receivers = {"crip": Receiver(url="https://none.example")}
        webhooks = Webhooks(receivers, bench.office, bench.incoming, Memory(path), Poster())
        await webhooks.keep()
        assert webhooks.desks == {}
        assert key_ends._read(Memory(path)) == 0
        path.write_bytes(whole)
        with patch.object(push, "WRITE_S", 0.01), patch.object(push, "COUNT_S", 0.01):
            async with beside(webhooks.run(SystemClock(), Metrics("any")), "webhooks"):
                await eventually(lambda: len(read(path) or ()) > len(ROWS))

    assert webhooks.desks.keys() == {"crip"}


async def test_webhooks_that_stand_still_wait_for_no_disk(tmp_path: Path) -> None:
    """Nothing new is written once more; a disk that hangs holds up no other request."""
    path = tmp_path / "memory.sqlite"
    async with serving("child_welfare") as bench:
        receivers = {"crip": Receiver(url="https://none.example")}
        webhooks = Webhooks(receivers, bench.office, bench.incoming, Memory(path), Poster())
        with locked(path):
            writing = asyncio.create_task(webhooks.keep())
            await asyncio.sleep(0.05)
            assert not writing.done()
        await writing
        with locked(path):
            await asyncio.wait_for(webhooks.keep(), 1)


async def test_a_witness_whose_disk_hangs_holds_up_no_other_request(tmp_path: Path) -> None:
    """A log waits for its cosignature, and nobody else for that."""
    path = tmp_path / "memory.sqlite"
    written(path)
    async with serving("justice") as bench:
        bench.parts.witness = LogWitness(tmp_path, Memory(path), OWN, LOGS, SystemClock())
        post = bench.client.post("/witness/add-checkpoint", content=asked("a", 0, 9))
        with locked(path):
            cosigning = asyncio.create_task(post)
            await asyncio.sleep(0.1)
            assert (await bench.client.get("/health/live")).status_code < 500
            assert not cosigning.done()
        assert (await cosigning).status_code == 200


def test_what_was_written_is_on_the_disk_and_nothing_of_what_failed(tmp_path: Path) -> None:
    """A power failure takes back no step that has ended; one that raises has not been."""
    path, synced = tmp_path / "memory.sqlite", list[Path]()

    class AnyError(Exception):
        """Of whoever changes it."""

    def fail(rows: dict[str, bytes]) -> None:
        rows["a"] = b"2"
        raise AnyError

    with given(Ports(synced=synced.append)):
        memory = Memory(path)
        with memory.changing() as rows:
            rows |= {"a": b"1", "b": b"1"}
        with memory.changing() as rows:
            del rows["b"]
        assert synced[-1] == path
        count = len(synced)
        with pytest.raises(AnyError), memory.changing() as rows:
            fail(rows)

    assert read(path) == {"a": b"1"}
    assert len(synced) == count
    (full,) = memory._opened().execute("PRAGMA synchronous").fetchone()
    assert full == 2


def test_one_that_could_not_be_made_whole_is_not_there(tmp_path: Path) -> None:
    """A disk that fails in its first making leaves no file that looks begun."""
    path = tmp_path / "memory.sqlite"
    with patch("os.fsync", side_effect=OSError):
        assert read(path) is None

    assert [*tmp_path.iterdir()] == []
    assert read(path) == {}


def test_another_process_that_made_it_first_is_not_overwritten(tmp_path: Path) -> None:
    """Both found none: what the first has kept since is what the second reads."""
    path = tmp_path / "memory.sqlite"
    others = written(tmp_path / "other.sqlite")
    with patch("os.fsync", side_effect=lambda _file: path.exists() or path.write_bytes(others)):
        assert read(path) == ROWS
