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


def fill(disk: Path) -> None:
    """Leave no room."""
    now = os.statvfs(disk)
    size = (now.f_blocks - now.f_bfree) * now.f_frsize
    assert mount("-o", f"remount,size={size}", str(disk))


def route(shard: Shard, name: str) -> None:
    """Let many new cases come."""
    events = [inbound(shard.bus, seed=f"{name} {at}", case=f"{name} {at}") for at in range(EVENTS)]
    shard.bus.route(*events, now=kit.NOW + 60 * kit.DAY)


async def test_a_disk_that_fills_up_ends_the_process_and_loses_nothing(disk: Path) -> None:
    """The next start goes on without a store; once there is room there is one again."""
    shard = await lived(disk)
    fill(disk)
    route(shard, "more")

    with pytest.raises(UnreachableError, match="store_unwritable"):
        shard.write()
    with capture_logs() as said:
        states = await shard.start()
    await shard.check(states)
    shard.write()  # what is in memory alone needs no room
    route(shard, "yet more")
    assert {one["event"] for one in said} <= {"no store", "store refused"}
    assert said
    assert 0 in shard.there()

    assert mount("-o", "remount,size=64m", str(disk))
    await shard.check(await shard.start())
    assert shard.there() == {1}
    shard.write()
    whole = shard.read
    await shard.check(await shard.start())
    assert shard.read < whole / 10


def close(disk: Path) -> None:
    """Let nobody write."""
    assert mount("-o", "remount,ro", str(disk))


@pytest.mark.parametrize("spoil", [fill, close])
async def test_a_disk_that_takes_nothing_from_the_start(
    disk: Path, spoil: Callable[[Path], None]
) -> None:
    """Full or read-only, with a store on it: the states are in memory, and that is said."""
    shard = await lived(disk)
    route(shard, "not in the store")
    shard.stores.place.close()
    spoil(disk)

    with capture_logs() as said:
        states = await shard.start()

    await shard.check(states)
    route(shard, "more")
    shard.write()
    await shard.check(await shard.start())
    assert {(one["event"], one["log_level"]) for one in said} <= {
        ("no store", "warning"), ("store refused", "warning"),
    }  # fmt: skip
    assert len(said) == 1
    assert shard.there() == {0}
