"""A thousand desks on one broker: how soon all is ready, what it takes when idle, what commands take."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson

from services.operate.home.partners import FILE
from services.play.kafka.fetch import fetch_jars
from services.play.run.launch import Federation, launched
from services.play.run.plan import Plan
from tests.bench.load import cpu_of, memory_of
from tests.bench.measure import ROUNDS, Figure
from tests.faults.world import school

SCHOOLS: Final = 984  # beside the sixteen desks of the stories
SETTLED_S: Final = 15.0  # after the start, before idleness is measured
IDLE_S: Final = 6.0  # of a round
COMMANDS: Final = (
    ("inbox", "--desk", "ecole-7"),
    ("kafka", "check", "--only", "topics"),
    ("directory", "check"),
)


async def figures() -> AsyncIterator[Figure]:
    """Start and restart, idle CPU and memory by kind of process, CPU of commands."""
    await asyncio.to_thread(fetch_jars)
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        home.joinpath(FILE).write_bytes(orjson.dumps([school(at) for at in range(SCHOOLS)]))
        began = time.monotonic()
        async with launched(home, Plan()):
            first = time.monotonic() - began
        yield Figure("federation ready, new home", "s", (first,), f"{SCHOOLS + 16} desks")
        began = time.monotonic()
        async with launched(home, Plan()) as federation:
            again = time.monotonic() - began
            yield Figure("federation ready, again", "s", (again,), f"{SCHOOLS + 16} desks")
            async for figure in _running(federation, home):
                yield figure


async def _running(federation: Federation, home: Path) -> AsyncIterator[Figure]:
    await asyncio.sleep(SETTLED_S)
    pids = {**federation.pids, "up": os.getpid()}
    kafka = pids.pop("kafka")
    shares: dict[str, list[float]] = {name: [] for name in pids}
    for _ in range(ROUNDS):
        before = {name: cpu_of(pid) for name, pid in pids.items()}
        began = time.monotonic()
        await asyncio.sleep(IDLE_S)
        spent = time.monotonic() - began
        for name, pid in pids.items():
            shares[name].append((cpu_of(pid) - before[name]) / spent * 100)
    whole = tuple(map(sum, zip(*shares.values(), strict=True)))
    yield Figure("idle, all but Kafka", "% of a core", whole, f"{len(pids)} processes")
    for name, values in shares.items():
        yield Figure(f"idle: {name}", "% of a core", tuple(values))
    for name, pid in {**pids, "kafka": kafka}.items():
        note = f"{memory_of(pid, 'Pss'):.0f} with pages shared by several counted once"
        yield Figure(f"resident: {name}", "MB", (memory_of(pid, "Rss"),), note)
    for words in COMMANDS:
        spent_s = tuple([await _cpu_of_command(words, home) for _ in range(ROUNDS)])
        yield Figure(f"relais {' '.join(words)}", "s CPU", spent_s)


async def _cpu_of_command(words: tuple[str, ...], home: Path) -> float:
    command = (sys.executable, "-m", "services", *words, "--home", str(home))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: ASYNC220 (waited for below)
    _, status, spent = await asyncio.to_thread(os.wait4, process.pid, 0)
    if status:
        raise RuntimeError(f"relais {' '.join(words)}: exit {os.waitstatus_to_exitcode(status)}")
    return spent.ru_utime + spent.ru_stime
