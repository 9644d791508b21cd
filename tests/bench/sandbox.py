"""A sandbox as a newcomer starts it: its first answer, and what it holds empty and full."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.measure import ROUNDS, Figure, resident
from tests.services.sandbox.process import client, running

DESK: Final = "edu-s"


def figures() -> Iterator[Figure]:
    """Seconds from the command to the answer of `GET /v1/inbox`, and resident megabytes."""
    seconds, held = zip(*(_answered() for _ in range(ROUNDS)), strict=True)
    note = "a home of its own each time: keys are made too"
    yield Figure("sandbox, a school's, full: first answer", "s", seconds, note)
    yield Figure("sandbox, a school's, full: resident", "MB", held, "after one reading of an inbox")


def _answered() -> tuple[float, float]:
    began = time.monotonic()
    with TemporaryDirectory() as folder, running(Path(folder) / "home") as facts:
        with client(facts, DESK) as http:
            http.get("/v1/inbox").raise_for_status()
        return time.monotonic() - began, round(resident(facts["pid"]) / 1e6, 1)
