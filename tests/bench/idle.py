"""What a start costs, of few desks and of a thousand; and while nothing happens."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson

from services.operate.home.partners import FILE, PARTNERS
from services.play.kafka.fetch import fetch_jars
from services.play.run.launch import launched
from services.play.run.plan import Plan
from tests.bench.measure import Figure, worked

SCHOOLS: Final = (0, 1000 - len(PARTNERS))  # beside the desks of the stories
CALM_S: Final = 60.0  # until loops look less often
IDLE_S: Final = 60.0
TWICE: Final = 2
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
    label = {"fr": "École", "en": "School"}
    rows = [{"desk": f"ecole-{n}", "role": "EDU-H", "label": label} for n in range(schools)]
    (path / FILE).write_bytes(orjson.dumps(rows))
