"""A full or read-only disk costs a start its time: nothing is lost or said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.platform.process.exit_codes import UnreachableError
from tests.contracts.envelope import kit
from tests.contracts.log.bus import inbound
from tests.services.routing.test_store import Shard, lived

pytestmark = pytest.mark.anyio
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
    events = [inbound(shard.bus, seed=f"more {at}", case=f"more {at}") for at in range(EVENTS)]
    shard.bus.route(*events, now=kit.NOW + 60 * kit.DAY)
    spoil(shard, disk)

    with capture_logs() as said:
        states = await shard.start()

    await shard.check(states)
    shard.write()  # what is in memory alone needs no room
    assert {one["event"] for one in said} <= {"no store", "store refused"}
    assert said
    assert 0 in shard.there()
    assert mount("-o", "remount,rw,size=64m", str(disk))
    await shard.check(await shard.start())
    assert shard.there() == {1}
    whole = shard.read
    await shard.check(await shard.start())
    assert shard.read < whole / 10
