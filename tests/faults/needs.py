"""What a machine must have for every kind of fault, and what this one lacks: got, expected, what to do."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults.brokers import mount_disk, unmount_disk
from tests.faults.disks import BLKIO, Disk
from tests.faults.own_clock import has_own_clocks

SETUP: Final = "as root: bash tests/faults/setup.sh"
TOOLS: Final = ("mount", "umount", "mkfs.ext4", "e2fsck", "fsfreeze")


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is not there.

    Attributes:
        without: kinds of fault that cannot be done then.
        do: what to do about it.
    """

    got: str
    expected: str
    without: str
    do: str

    def __str__(self) -> str:
        """In one line."""
        return f"got {self.got}, expected {self.expected}; without it no {self.without}. {self.do}"


def lacks() -> list[Lack]:
    """What this machine lacks."""
    told = [] if sys.platform == "linux" else [
        Lack(sys.platform, "Linux", "cut-off services", "Run it on Linux: connections are found in /proc.")
    ]  # fmt: skip
    if not has_own_clocks():
        told.append(Lack("no libfaketimeMT.so.1", "Debian's libfaketime", "clock of a router's own",
                         f"Install it, {SETUP}"))  # fmt: skip
    return told + _disks()


def _disks() -> list[Lack]:
    """What is in the way of small disks: who we are, tools, then a try."""
    what = "faults of disks, a broker's or a store's"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return [Lack(f"no {', '.join(missing)}", "all of them", what, f"Install them, {SETUP}")]
    if os.geteuid() != 0:
        return [Lack(f"user {os.geteuid()}", "root, who may mount", what, "Run it as root (sudo -E make faults).")]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="relais-needs-") as folder:
        return _tried(Path(folder), what)


def _tried(folder: Path, what: str) -> list[Lack]:
    told, memory = [], folder / "memory"
    disk = Disk(folder / "disk", folder / "image")
    if mount_disk(memory):
        unmount_disk(memory)
    else:
        told.append(Lack("mount refused", "a tmpfs", what, "In a container: --privileged."))
    if disk.make():
        if not disk.slow(os.getpid(), 1000):
            told.append(Lack("no brake on writes", f"{BLKIO}, cgroups 1 with blkio", "slow store's disk",
                             "Boot with systemd.unified_cgroup_hierarchy=0, or do without."))  # fmt: skip
        disk.take_away()
    else:
        told.append(Lack("mount -o loop refused", "an ext4 in a file", what,
                         "Load the module (modprobe loop); in a container: --privileged."))  # fmt: skip
    return told
