"""A wall clock of a process's own, to be stepped while it runs, by Debian's libfaketime."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.faults.processes import Keeper

_LIB: Final = Path("/usr/lib")


def library() -> Path | None:
    """Where Debian's libfaketime lies, whatever the processor; None: it is not installed."""
    return next(iter(_LIB.glob("*/faketime/libfaketimeMT.so.1")), None)


def has_own_clocks() -> bool:
    """Whether the clock of one process can be stepped here."""
    return library() is not None


def give_own_clock(keeper: Keeper, folder: Path) -> None:
    """Let a router's wall clock be ours to step; what measures durations stays real."""
    path = folder / f"{keeper.name}.clock"
    keeper.more |= {
        "LD_PRELOAD": str(library()), "FAKETIME_TIMESTAMP_FILE": str(path),
        "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
    }  # fmt: skip
    step(keeper, 0)


def step(keeper: Keeper, seconds: float) -> None:
    """Set how far a router's clock is off, in one piece: it may be read at any moment."""
    path = Path(keeper.more["FAKETIME_TIMESTAMP_FILE"])
    new = path.with_suffix(".new")
    new.write_text(f"{seconds:+.1f}\n")
    new.replace(path)
