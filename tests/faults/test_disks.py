"""The disks that a campaign hurts are hurt, and whole again afterwards; what routers said is counted."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from tests.faults.disks import Disk
from tests.faults.store_kinds import FEW, ROUTER_KINDS, notices, unnoticed

WRITES = 4  # a second


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """One with a file on it."""
    found = Disk(tmp_path / "disk", tmp_path / "image")
    if not found.make():
        pytest.skip("mounting needs root")
    found.stores.mkdir()
    write(found)
    os.sync()
    yield found
    found.take_away()


def write(disk: Disk) -> float:
    """Write and sync as a store does; seconds."""
    began = time.monotonic()
    with (disk.stores / "a").open("wb") as file:
        file.write(bytes(20_000))
        file.flush()
        os.fdatasync(file.fileno())
    return time.monotonic() - began


def test_a_full_disk_takes_nothing_until_it_is_emptied(disk: Disk) -> None:
    """Not one block is left, not even root's."""
    (disk.stores / "a").unlink()

    assert disk.fill()
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        write(disk)
    disk.empty()
    write(disk)


def test_a_disk_that_was_given_up_is_read_until_it_is_mended(disk: Disk) -> None:
    """Also by whoever has a file open, and not while anybody has."""
    with (disk.stores / "a").open("rb") as file:
        assert disk.give_up()
        with pytest.raises(OSError, match=os.strerror(errno.EROFS)):
            write(disk)
        assert len(file.read()) == 20_000
        assert not disk.mend()

    assert disk.mend()
    write(disk)


def test_a_stalled_disk_lets_a_write_wait(disk: Disk) -> None:
    """And go on when it is thawed."""
    assert disk.freeze()
    threading.Timer(0.5, disk.thaw).start()

    assert write(disk) > 0.4


def test_a_slow_disk_is_slow_for_one_process(disk: Disk) -> None:
    """By the kernel's own brake (blkio, of the first cgroups), and no longer than it is said."""
    if not disk.slow(os.getpid(), WRITES):
        pytest.skip("this kernel cannot slow a disk")
    slow = sum(write(disk) for _ in range(2 * WRITES))
    disk.quicken()

    assert slow > 1
    assert sum(write(disk) for _ in range(2 * WRITES)) < slow / 2


def test_what_nobody_noticed_is_told(tmp_path: Path) -> None:
    """A fault that was done a few times has left its word in a log, or did nothing."""
    lines = [
        {"event": "store refused", "why": "foreign"}, {"event": "no store", "why": "Error"},
        {"event": "ended", "code": "clock_off"},
    ]  # fmt: skip
    path = tmp_path / "routing.log"
    path.write_bytes(b"Traceback\n" + b"\n".join(map(orjson.dumps, lines)))
    said = notices([path])
    kinds = Counter(
        {"another's store put between two lives": FEW, "router's clock stepped too far": FEW}
    )

    assert said == {"store refused: foreign": 1, "no store: Error": 1, "ended: clock_off": 1}
    assert unnoticed(kinds, ROUTER_KINDS, said) == []
    (told,) = unnoticed(kinds + Counter({"store's disk full": FEW}), ROUTER_KINDS, said)
    assert "store's disk full" in told
    assert unnoticed(Counter({"store's disk full": FEW - 1}), ROUTER_KINDS, said) == []
