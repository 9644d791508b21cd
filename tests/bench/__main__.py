"""`python -m tests.bench [SECTION …]`: measure, show each figure, write `bench.json`.

Sections: core, log, control, store, router, delay, echo, federation, idle; all if none is named.

Nothing is asserted: figures are read by people. Ratios are of the same run, round by round.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import partial
from typing import Final

import orjson
from rich.console import Console

from tests.bench import control, core, echo, idle, router, store
from tests.bench.measure import FILE, Figure, shown

Keep = Callable[[Figure], None]
Figures = Iterator[Figure] | AsyncIterator[Figure]
EVENTS: Final = 300  # a round of the core
CASES: Final = 100_000  # open at once
RECORDS: Final = 10_000_000  # of the log that proofs are taken from; RELAIS_RECORDS
SECTIONS: Final[Mapping[str, tuple[Callable[[], Figures], ...]]] = {
    "core": (partial(core.routed, EVENTS), partial(core.held, CASES)),
    "log": (partial(core.proved, int(os.environ.get("RELAIS_RECORDS", RECORDS))),),
    "control": (control.starts,),
    "store": (store.figures,),
    "router": (router.bursts,),
    "delay": (router.delays, router.of_a_router),
    "echo": (echo.figures,),
    "federation": (router.of_a_broker,),
    "idle": (idle.of_a_federation,),
}  # fmt: skip


def main() -> None:
    """Measure the chosen sections; ended by SIGTERM as by Ctrl-C, it leaves no broker behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("section", nargs="*", choices=(*SECTIONS, []), metavar="SECTION")
    wanted = parser.parse_args().section or list(SECTIONS)
    console, began = Console(), time.monotonic()
    load = os.getloadavg()[0]
    measured: dict[str, list[Figure]] = {}
    for name in wanted:
        rows = measured[name] = []
        try:
            with console.status(f"measuring: {name}"):
                for part in SECTIONS[name]:
                    _collect(part(), partial(_keep, console, rows))
        finally:  # what was measured before a fault is kept
            _write(measured, load)
    console.print(f"{FILE} written after {time.monotonic() - began:.0f} s")
    if load > 1:
        console.print(
            f"the machine was busy before this run (load {load:.1f}): figures are high, ratios too"
        )


def _collect(figures: Figures, keep: Keep) -> None:
    async def collect(later: AsyncIterator[Figure]) -> None:
        async for figure in later:
            keep(figure)

    if isinstance(figures, AsyncIterator):
        asyncio.run(collect(figures))
        return
    for figure in figures:
        keep(figure)


def _keep(console: Console, rows: list[Figure], figure: Figure) -> None:
    rows.append(figure)
    least, most = shown(min(figure.values)), shown(max(figure.values))
    spread = f"{least} to {most} in {len(figure.values)} rounds"
    console.log(f"{figure.name}: {shown(figure.median)} {figure.unit} ({spread}) {figure.note}")


def _write(measured: dict[str, list[Figure]], load: float) -> None:
    result = {
        "at": int(time.time()), "commit": _commit(), "python": platform.python_version(),
        "cpus": os.cpu_count(), "load_before": load,
        "figures": {name: [figure.json() for figure in rows] for name, rows in measured.items()},
    }  # fmt: skip
    FILE.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")


def _commit() -> str:
    """The commit that is measured, with `+` if the tree differs from it."""
    asked = ("git", "describe", "--always", "--abbrev=10", "--dirty=+", "--exclude=*")
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    main()
