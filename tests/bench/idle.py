"""What a start costs, of few desks, of a thousand, of a sandbox; and while nothing happens."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson

from services.operate.home.partners import FILE, PARTNERS
from services.play.kafka.fetch import fetch_jars
from services.play.run.launch import launched
from services.play.run.plan import Plan
from tests.bench.measure import ROUNDS, Figure, resident, worked
from tests.services.sandbox.process import client, running

SCHOOLS: Final = (0, 1000 - len(PARTNERS))  # beside the desks of the stories
CALM_S: Final = 60.0  # until loops look less often
IDLE_S: Final = 60.0
TWICE: Final = 2
DESK: Final = "edu-s"  # of a sandbox
WHOSE: Final = "all processes but Kafka's"


async def of_a_federation() -> AsyncIterator[Figure]:
    """Seconds of a first start, with the keys of all desks; then what all but Kafka uses."""
    await asyncio.to_thread(fetch_jars)
    for schools in SCHOOLS:
        what = f"federation of {schools + len(PARTNERS)} desks"
        with TemporaryDirectory(prefix="relais-bench-") as folder:
            home = Path(folder) / "home"
            await asyncio.to_thread(write_partners, home, schools)
            began, before = time.monotonic(), worked(os.getpid())
            async with launched(home, Plan()) as one:
                yield Figure(f"{what}: first start", "s", (time.monotonic() - began,))
                pids = [os.getpid(), *one.supervisor.pids.values()]
                spent = sum(map(worked, pids)) - before
                yield Figure(f"{what}: first start", "s of CPU", (spent,), WHOSE)
                await asyncio.sleep(CALM_S)
                used = [await _used(pids) for _ in range(TWICE)]
        yield Figure(f"{what}: idle", "% of a core", tuple(used), WHOSE)


async def _used(pids: Sequence[int]) -> float:
    before, began = sum(map(worked, pids)), time.monotonic()
    await asyncio.sleep(IDLE_S)
    return 100 * (sum(map(worked, pids)) - before) / (time.monotonic() - began)


def write_partners(path: Path, schools: int) -> None:
    """A home with so many schools beside the desks of the stories."""
    path.mkdir(parents=True, exist_ok=True)
    (path / FILE).write_bytes(orjson.dumps([_school(number) for number in range(schools)]))


def _school(number: int) -> dict[str, object]:
    label = {"fr": f"École {number}", "en": f"School {number}"}
    return {"desk": f"ecole-{number}", "role": "EDU-H", "label": label}


def of_a_sandbox() -> Iterator[Figure]:
    """Seconds from the command to the answer of `GET /v1/inbox`, and resident megabytes."""
    seconds, held = zip(*(_first_answer() for _ in range(ROUNDS)), strict=True)
    note = "a home of its own each time: keys are made too"
    yield Figure("sandbox, a school's, full: first answer", "s", seconds, note)
    yield Figure("sandbox, a school's, full: resident", "MB", held, "after one reading of an inbox")


def _first_answer() -> tuple[float, float]:
    began = time.monotonic()
    with TemporaryDirectory() as folder, running(Path(folder) / "home") as facts:
        with client(facts, DESK) as http:
            http.get("/v1/inbox").raise_for_status()
        return time.monotonic() - began, round(resident(facts["pid"]) / 1e6, 1)
