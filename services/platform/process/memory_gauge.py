"""How much memory this process takes, and may take where somebody has said so: a container's limit.

What it takes has Prometheus's standard name. Without a limit there is no series of it: no ratio, and
no alert, is better than one against the whole machine's memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CGROUPS: Final = Path("/sys/fs/cgroup")
OWN: Final = Path("/proc/self/cgroup")
PAGES: Final = Path("/proc/self/statm")
NO_LIMIT: Final = 1 << 60  # version 1 says "none" with a number near 2^63


def limit(cgroups: Path = CGROUPS, own: Path = OWN) -> int | None:
    """The limit of this process's control group in bytes, None if there is none or none is told."""
    for file in _files(cgroups, own):
        with suppress(OSError, ValueError):  # version 2 says "max"
            size = int(file.read_text("ascii"))
            return size if size < NO_LIMIT else None
    return None


def _files(cgroups: Path, own: Path) -> Iterator[Path]:
    """Where version 2 says it, of the own group or of what a container sees as the root; version 1."""
    with suppress(OSError, UnicodeDecodeError):
        for line in own.read_text("utf-8").splitlines():
            if line.startswith("0::/"):
                yield cgroups / line.removeprefix("0::/") / "memory.max"
    yield cgroups / "memory.max"
    yield cgroups / "memory" / "memory.limit_in_bytes"


def resident(pages: Path = PAGES) -> int | None:
    """Bytes of memory that this process has, None where the system does not tell (proc(5))."""
    with suppress(OSError, ValueError, IndexError):
        return int(pages.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None


class Memory(Collector):
    """Both at the moment of asking: a limit can be changed under a running container."""

    def describe(self) -> Iterator[Metric]:
        """The families, without samples."""
        return _families(None, None)

    def collect(self) -> Iterator[Metric]:
        """A sample of each, or none."""
        return _families(resident(), limit())


def _families(has: int | None, may: int | None) -> Iterator[Metric]:
    yield GaugeMetricFamily("process_resident_memory_bytes", "What this process has", has)
    yield GaugeMetricFamily("relais_memory_limit_bytes", "What this process may have", may)
