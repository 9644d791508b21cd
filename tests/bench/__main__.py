"""`python -m tests.bench [SECTION]`: measure, show a table, write `bench.json`.

Sections: core, directory, trial, memory, store, router, kafka, delay, federation; all of them if none is
named.

Nothing is asserted: figures are read by people. Ratios are of the same run, round by round.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import orjson
from rich.console import Console
from rich.table import Table

from tests.bench import core, delay, directory, federation, kafka, memory, router, store, trial
from tests.bench.measure import Figure

FILE: Final = Path("bench.json")
Keep = Callable[[Figure], None]
EVENTS: Final = 300  # a round of the core
CASES: Final = 100_000  # open at once


def main() -> None:
    """Measure the chosen sections; ended by SIGTERM as by Ctrl-C, it leaves no broker behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "section", nargs="?", default="all",
        choices=(
            "core", "delay", "directory", "trial", "memory", "store", "router", "kafka", "federation",
            "all",
        ),
    )  # fmt: skip
    section = parser.parse_args().section
    console, began = Console(), time.monotonic()
    load = os.getloadavg()[0]
    found: dict[str, list[Figure]] = {}
    parts = (
        ("core", _core), ("directory", _directory), ("trial", _trial), ("memory", _memory),
        ("store", _store), ("router", _router), ("kafka", _kafka), ("delay", _delay), ("federation", _federation),
    )  # fmt: skip
    for name, measure in parts:
        if section in (name, "all"):
            rows = found[name] = []
            try:
                with console.status(f"measuring: {name}"):
                    measure(partial(_keep, console, rows))
            finally:  # what was measured before a fault is kept
                console.print(_table(name, rows))
                _write(found, load)
    console.print(f"{FILE} written after {time.monotonic() - began:.0f} s")
    if load > 1:
        console.print(
            f"the machine was busy before this run (load {load:.1f}): figures are high, ratios too"
        )


def _keep(console: Console, rows: list[Figure], figure: Figure) -> None:
    rows.append(figure)
    console.log(f"{figure.name}: {figure.median:,.4g} {figure.unit}")


def _core(keep: Keep) -> None:
    for part in (core.routed(EVENTS), core.replayed(EVENTS), core.held(CASES)):
        for figure in part:
            keep(figure)


def _directory(keep: Keep) -> None:
    for figure in directory.figures():
        keep(figure)


def _trial(keep: Keep) -> None:
    for figure in trial.figures():
        keep(figure)


def _memory(keep: Keep) -> None:
    async def collect() -> None:
        async for figure in memory.processes():
            keep(figure)

    for figure in memory.states():
        keep(figure)
    asyncio.run(collect())


def _store(keep: Keep) -> None:
    for figure in store.figures():
        keep(figure)


def _router(keep: Keep) -> None:
    async def collect() -> None:
        async for figure in router.figures():
            keep(figure)

    asyncio.run(collect())


def _kafka(keep: Keep) -> None:
    async def collect() -> None:
        async for figure in kafka.figures():
            keep(figure)

    asyncio.run(collect())


def _delay(keep: Keep) -> None:
    async def collect() -> None:
        async for figure in delay.figures():
            keep(figure)

    asyncio.run(collect())


def _federation(keep: Keep) -> None:
    async def collect() -> None:
        async for figure in federation.figures():
            keep(figure)

    asyncio.run(collect())


def _table(title: str, figures: list[Figure]) -> Table:
    table = Table("what", title=title)
    for name in ("median", "min", "max", "rounds"):
        table.add_column(name, justify="right")
    table.add_column("unit")
    table.add_column("note")
    for one in figures:
        numbers = (one.median, min(one.values), max(one.values))
        shown = [f"{number:,.3g}" if number < 100 else f"{number:,.0f}" for number in numbers]
        table.add_row(one.name, *shown, str(len(one.values)), one.unit, one.note)
    return table


def _write(found: dict[str, list[Figure]], load: float) -> None:
    result = {
        "at": int(time.time()), "python": platform.python_version(), "cpus": os.cpu_count(),
        "load_before": load,
        "figures": {name: [one.json() for one in rows] for name, rows in found.items()},
    }  # fmt: skip
    FILE.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
