"""What an accepted record costs an agency's service, as a process on a real broker with its router.

Two services in turn, each with a mix of its own records, posted by many callers over kept connections.
Of each round the process's CPU by the kernel's count, from the first request to the last notice of
routing folded, and its shares by looking (`where.py`); beside it the seals and signatures of the
same records, straight down. Then what a field, a seal, a signature and a transaction cost.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx

from services.play.kafka.fetch import fetch_jars
from services.play.run.plan import Plan, program
from services.play.run.prepare import PreparedHome, prepared
from services.play.run.supervisor import Supervisor
from tests.bench import intake_units, load, where
from tests.bench.measure import ROUNDS, Figure, beside, timed
from tests.faults.pressure import ACCEPTED, HOST, Load
from tests.faults.world import begins

MODULE: Final = "tests.bench.looked_agency"
ROUTER: Final = "routing-civil-0"
CALLERS: Final = 48
WARM: Final = 200
BURST: Final = int(os.environ.get("RELAIS_RECORDS", "1000"))  # records of a round
CASES: Final = 40
LONE: Final = 100  # records of a caller who waits for each answer: a transaction each
DECIDED_S: Final = 60.0


async def figures() -> AsyncIterator[Figure]:
    """Of each service the rate that one core gives, the whole cost, the floor, each stage; then units."""
    await asyncio.to_thread(fetch_jars)
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        async with prepared(Path(folder) / "home", Plan(start=begins())) as ready:
            for agency in intake_units.MIXES:
                for figure in await _measured(ready, agency, Path(folder)):
                    yield figure
    for figure in intake_units.figures():
        yield figure


async def _measured(ready: PreparedHome, agency: str, folder: Path) -> list[Figure]:
    costs, low, alone = list[float](), list[float](), list[float]()
    looks: list[Counter[str]] = []
    counts = folder / f"{agency}.json"
    async with _running(ready, agency, counts) as (pid, port):
        posts = _load(ready, agency, port)
        await _round(posts, port, WARM, CALLERS)
        for _ in range(ROUNDS):
            alone.append(await _cost(pid, posts, port, LONE, 1))
            await asyncio.to_thread(where.told, pid, counts)
            costs.append(await _cost(pid, posts, port, BURST, CALLERS))
            looks.append(await asyncio.to_thread(where.told, pid, counts))
            low.append(timed(lambda: intake_units.floor(agency, BURST))[0] / BURST * 1e6)
        posts.close()
    return _table(agency, costs, low, alone, looks)


@asynccontextmanager
async def _running(
    ready: PreparedHome, agency: str, counts: Path
) -> AsyncIterator[tuple[int, int]]:
    """A service that is looked at and its router: process id and port of the service."""
    services = {one.name: one for one in ready.services}
    home = ready.home.path
    async with (
        httpx.AsyncClient(timeout=2, trust_env=False) as asking,
        Supervisor(home / "logs", home / "pids") as keeping,
    ):
        looked = program(services[agency], asking)
        command = (sys.executable, "-m", MODULE, "serve", agency)
        variables = {**looked.environment, "LOOKED": str(counts), "PYTHONPATH": str(where.ROOT)}
        await keeping.start(
            [
                program(services[ROUTER], asking),
                replace(looked, command=command, environment=variables),
            ]
        )
        yield keeping.pids[agency], services[agency].port


def _load(ready: PreparedHome, agency: str, port: int) -> Load:
    tokens = [ready.home.token(desk) for desk, _, _ in intake_units.MIXES[agency]]
    records = [  # of so many cases that no desk adds to one what its new cases would bound
        record | {"reference": f"case {number}"}
        for number in range(CASES)
        for record in intake_units.records(agency)
    ]
    return Load(port, tokens, records)


async def _cost(pid: int, posts: Load, port: int, count: int, callers: int) -> float:
    """Microseconds of CPU a record."""
    before = load.cpu_of(pid)
    await _round(posts, port, count, callers)
    return (load.cpu_of(pid) - before) / count * 1e6


async def _round(posts: Load, port: int, count: int, callers: int) -> None:
    """Post records, a number at once; return when routing's word on all of them is folded."""
    left = iter(range(count))

    async def call() -> None:
        for _ in left:
            answer = await posts.one()
            if answer.status != ACCEPTED:
                raise RuntimeError(f"a record was answered with {answer.status}: {answer.body}")

    await asyncio.gather(*(call() for _ in range(callers)))
    async with asyncio.timeout(DECIDED_S), httpx.AsyncClient(trust_env=False) as asking:
        while not _all_decided((await asking.get(f"http://{HOST}:{port}/metrics")).text):
            await asyncio.sleep(0.1)


def _all_decided(page: str) -> bool:
    return "\nrelais_undecided 0.0\n" in page


def _table(
    agency: str,
    costs: list[float],
    low: list[float],
    alone: list[float],
    looks: list[Counter[str]],
) -> list[Figure]:
    unit, rate = "µs CPU a record", tuple(1e6 / cost for cost in costs)
    bare = Figure(f"seals and signatures alone, {agency}", unit, tuple(low))
    whole = beside(Figure(f"accepted record, {agency}", unit, tuple(costs)), bare)
    note = f"{BURST} a round by {CALLERS} callers; notices of routing folded"
    rows = [Figure(f"records on one core, {agency}", "records/s", rate, note), bare, whole]
    single = Figure(f"record alone in its transaction, {agency}", unit, tuple(alone))
    rows.append(beside(single, whole))
    return [*rows, *where.shares(whole, looks, f" ({agency})")]
