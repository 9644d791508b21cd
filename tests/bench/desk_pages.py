"""Desks' pages of one agency's service: what each costs, and two hundred schools at once.

Service, office, keys and convention are real, topics are lists; the browsers' side of it is in the same process and
in the figures.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from services.platform.browser.sessions import Attempts
from tests.bench.measure import ROUNDS, Figure
from tests.services.agency.desk.crowd import FORM, SCHOOLS, Crowd, crowd
from tests.services.console.test_load import resident

PAGES: Final = {
    "first page": "/desk", "form": FORM, "received": "/desk/inbox", "to be done": "/desk/duties",
}  # fmt: skip


async def figures() -> AsyncIterator[Figure]:
    """Milliseconds of CPU a page, seconds and memory of all schools at once."""
    note = f"{SCHOOLS} schools, each with an alert and an outcome"
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        async with crowd(Path(folder)) as many:
            many.desk.pages.door.tries = Attempts(1_000_000)
            first = _resident()
            rounds = [await _at_once(many) for _ in range(ROUNDS)]
            took, spent, resident_ = zip(*rounds, strict=True)
            pages = 5 * SCHOOLS
            yield Figure(f"{SCHOOLS} desks at once, {pages:,} pages", "s", took, note)
            yield Figure("the same", "s of CPU", spent, note)
            grown = tuple((each - first) / 1e6 for each in resident_)
            yield Figure("resident more behind a round", "MB", grown, "browsers' side too")
            for name, path in PAGES.items():
                yield Figure(f"page: {name}", "ms of CPU", await _each(many, path), note)
            yield Figure("page: check before sending", "ms of CPU", await _each(many, ""), note)


async def _at_once(many: Crowd) -> tuple[float, float, int]:
    began, spent = time.monotonic(), time.process_time()
    await asyncio.gather(*(school.looks() for school in many.schools))
    return time.monotonic() - began, time.process_time() - spent, _resident()


async def _each(many: Crowd, path: str) -> tuple[float, ...]:
    """Rounds over all schools, one after the other; without a path the verdict on what each has filled in."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for school in many.schools:
            answer = await (school.browser.get(path) if path else school.checks())
            assert answer.is_success
        rounds.append(1000 * (time.process_time() - began) / SCHOOLS)
    return tuple(rounds)


def _resident() -> int:
    """Bytes of this process; a browser's answer of httpx is a cycle, which a collection frees."""
    gc.collect()
    return resident()
