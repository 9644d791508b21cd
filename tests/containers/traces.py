"""What containers could leave on a machine: processes, links, mounts, firewall rules, folders."""

from __future__ import annotations

import shlex
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

FORWARD: Final = Path("/proc/sys/net/ipv4/ip_forward")
GROUPS: Final = Path("/sys/fs/cgroup")
SHARES: Final = GROUPS / "cpu" / "libpod_parent" / "cpu.shares"
CACHE: Final = Path("/var/lib/containers")
MARKS: Final = ("podman", "conmon", "aardvark-dns", "catatonit", "netavark")


def traces(work: Path) -> set[str]:
    """Everything of containers that is there now, one line each."""
    told = subprocess.run(["iptables-save"], check=True, capture_output=True, text=True).stdout
    rules = {f"rule {line}" for line in told.splitlines() if "NETAVARK" in line}
    names = (path.name for path in Path("/sys/class/net").iterdir())
    links = {f"link {name}" for name in names if name.startswith(("podman", "veth"))}
    return {*_processes(work), *links, *_mounts(work), *rules, *_others(work)}


def weigh(containers: int) -> None:
    """Let so many containers weigh as many processes: control groups v1 make them one."""
    if SHARES.exists():
        SHARES.write_text(str(1024 * containers))


def tidy(work: Path, before: set[str], forwarding: str) -> None:
    """Remove what podman itself does not: empty chains of the firewall, a cache, our folder."""
    if not any(line.startswith("rule ") for line in before):
        for rule in _CHAINS:
            subprocess.run(["iptables", *shlex.split(rule)], check=False, capture_output=True)
    if f"folder {CACHE}" not in before and CACHE.exists():
        subprocess.run(["rm", "-r", str(CACHE)], check=False)
    FORWARD.write_text(forwarding)
    for group in sorted(GROUPS.glob("*/libpod_parent/**/"), reverse=True):
        with suppress(OSError):  # somebody else's containers are in it
            group.rmdir()
    for line in sorted(_mounts(work), reverse=True):
        subprocess.run(["umount", line.partition(" ")[2]], check=False)
    subprocess.run(["rm", "-rf", "--one-file-system", str(work)], check=True)


_CHAINS: Final = (
    "-D FORWARD -m comment --comment 'netavark firewall plugin rules' -j NETAVARK_FORWARD",
    "-F NETAVARK_FORWARD",
    "-X NETAVARK_FORWARD",
    "-t nat -D PREROUTING -m addrtype --dst-type LOCAL -j NETAVARK-HOSTPORT-DNAT",
    "-t nat -D OUTPUT -m addrtype --dst-type LOCAL -j NETAVARK-HOSTPORT-DNAT",
    "-t nat -D POSTROUTING -j NETAVARK-HOSTPORT-MASQ",
    *(f"-t nat -F NETAVARK-HOSTPORT-{name}" for name in ("DNAT", "MASQ", "SETMARK")),
    *(f"-t nat -X NETAVARK-HOSTPORT-{name}" for name in ("DNAT", "MASQ", "SETMARK")),
)


def _processes(work: Path) -> set[str]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = path.read_text(errors="replace").split("\0")
            if Path(words[0]).name in MARKS or any(str(work) in word for word in words[:1]):
                found.add(f"process {path.parent.name} {words[0]}")
    return found


def _mounts(work: Path) -> set[str]:
    rows = (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines())
    return {f"mount {place}" for place in rows if place.startswith(f"{work}/")}


def _others(work: Path) -> set[str]:
    groups = GROUPS.glob("*/libpod_parent")
    folders = {f"folder {path}" for path in (CACHE, work, *groups) if path.exists()}
    return folders | {f"forwarding {FORWARD.read_text().strip()}"}
