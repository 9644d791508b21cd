"""How figures are taken: CPU or wall seconds of a call, five rounds, median, spread."""

from __future__ import annotations

import gc
import os
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar

from services.platform.process.progress import be_rare

ROUNDS: Final = 5
FILE: Final = Path("bench.json")  # of the last run
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity."""

    name: str
    unit: str
    values: tuple[float, ...]
    note: str = ""
    ratios: Mapping[str, float] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """The figure that is quoted."""
        return statistics.median(self.values)

    def json(self) -> dict[str, object]:
        """For the results file."""
        return {
            "name": self.name, "unit": self.unit, "median": self.median,
            "min": min(self.values), "max": max(self.values), "rounds": len(self.values),
            "note": self.note, "ratios": dict(self.ratios),
        }  # fmt: skip


def as_a_service() -> None:
    """Have the garbage collector of a service that has started, as what is measured runs there."""
    be_rare()
    gc.collect()
    gc.freeze()


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """CPU seconds of this process for one call, and what it returned."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def rounds(rows: Sequence[Result], size: int) -> list[Sequence[Result]]:
    """Rows in rounds of one size."""
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def quantile(values: Sequence[float], part: int) -> float:
    """The value below which `part` of 100 lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[part - 1]


def shown(number: float) -> str:
    """A number as tables show it."""
    return f"{number:,.3g}" if number < 100 else f"{number:,.0f}"


def beside(of: Figure, *peers: Figure) -> Figure:
    """A figure with its ratios to others of the same run."""
    ratios = {
        peer.name: statistics.median(a / b for a, b in zip(of.values, peer.values, strict=True))
        for peer in peers
    }
    words = "; ".join(f"{value:.2f} × {name}" for name, value in ratios.items())
    return replace(of, note=words or of.note, ratios=ratios)


def bytes_held(work: Callable[[], object]) -> int:
    """Bytes that the result of a call holds."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = work()
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
        del kept
        return after - before
    finally:
        tracemalloc.stop()


def resident(pid: int, what: str = "VmRSS") -> int:
    """Bytes of a process's memory; `VmHWM`: the most that it ever had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    return 0


def worked(pid: int) -> float:
    """Seconds of a processor that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
