"""A disk of its own under each router's store: a file system in a file, hurt as a real disk is (root only)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SIZE_MB: Final = 64  # of each; sparse: what is written counts
BLKIO: Final = Path("/sys/fs/cgroup/blkio")
BLOCK: Final = 4096
BALLAST: Final = "ballast"
STORES: Final = "state"


@dataclass
class Disk:
    """One file system in a file.

    Attributes:
        path: where it is mounted.
        image: the file that it lies in.
    """

    path: Path
    image: Path

    @property
    def stores(self) -> Path:
        """Where a router keeps its stores."""
        return self.path / STORES

    def make(self) -> bool:
        """Make and mount it; whether we may."""
        self.path.mkdir(parents=True, exist_ok=True)
        with self.image.open("wb") as file:
            file.truncate(SIZE_MB << 20)
        return _run("mkfs.ext4", "-q", "-m", "0", str(self.image)) and self._mount()

    def take_away(self) -> None:
        """Unmount it, whoever is at it."""
        self.thaw()
        self.quicken()
        _run("umount", "--lazy", str(self.path))

    def fill(self) -> bool:
        """Leave no block, not even one kept back for root."""
        with (self.path / BALLAST).open("wb") as file:
            for size in (1 << 22, 1 << 16, BLOCK):
                with suppress(OSError):
                    while True:
                        os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, size)
        return os.statvfs(self.path).f_bavail == 0

    def empty(self) -> None:
        """Give back the room."""
        (self.path / BALLAST).unlink(missing_ok=True)

    def give_up(self) -> bool:
        """Let the kernel make it read-only, as after an error of the disk; files stay open."""
        return _run("mount", "-o", "remount,abort", str(self.path))

    def mend(self) -> bool:
        """Check and mount it again; false while anybody has a file open on it."""
        return (
            _run("umount", str(self.path))
            and _run("e2fsck", "-fy", str(self.image), good=(0, 1))  # 1: mended
            and self._mount()
        )

    def freeze(self) -> bool:
        """Let every write wait."""
        return _run("fsfreeze", "--freeze", str(self.path))

    def thaw(self) -> None:
        """Let those writes go on."""
        _run("fsfreeze", "--unfreeze", str(self.path))

    def slow(self, pid: int, writes: int) -> bool:
        """Let a process write so many blocks of it a second; whether this kernel can."""
        group = self._group
        try:
            group.mkdir(exist_ok=True)
            (group / "blkio.throttle.write_iops_device").write_text(f"{self._device()} {writes}")
            (group / "cgroup.procs").write_text(str(pid))
        except OSError:
            return False
        return True

    def quicken(self) -> None:
        """Let everybody write as before."""
        group = self._group
        if group.exists():
            for pid in (group / "cgroup.procs").read_text().split():
                with suppress(OSError):
                    (BLKIO / "cgroup.procs").write_text(pid)
            with suppress(OSError):
                group.rmdir()

    @property
    def _group(self) -> Path:
        return BLKIO / f"relais-faults-{os.getpid()}-{self.path.name}"

    def _device(self) -> str:
        number = self.path.stat().st_dev
        return f"{os.major(number)}:{os.minor(number)}"

    def _mount(self) -> bool:
        return _run("mount", "-o", "loop", str(self.image), str(self.path))


def _run(*command: str, good: Collection[int] = (0,)) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode in good
    except OSError:
        return False
