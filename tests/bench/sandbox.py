"""A sandbox as a newcomer starts it: its first answer, and what it holds empty and full."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.measure import ROUNDS, Figure, resident, worked
from tests.services.sandbox.process import client, running

DESK: Final = "edu-s"
SANDBOXES: Final = {  # what -> options, desk
    "a school's, full": ((), DESK),
    "a school's, empty": (("--empty",), DESK),
    "child welfare's, full": (("--agency", "child_welfare"), "crip"),
}


def figures() -> Iterator[Figure]:
    """Seconds from the command to the answer of `GET /v1/inbox`, and resident megabytes."""
    for what, (options, desk) in SANDBOXES.items():
        rounds = [_answered(options, desk) for _ in range(ROUNDS)]
        seconds, cpu, held = zip(*rounds, strict=True)
        note = "a home of its own each time: keys are made too"
        yield Figure(f"sandbox, {what}: first answer", "s", seconds, note)
        yield Figure(f"sandbox, {what}: until it listens", "s of CPU", cpu, note)
        yield Figure(f"sandbox, {what}: resident", "MB", held, "after one reading of an inbox")


def _answered(options: tuple[str, ...], desk: str) -> tuple[float, float, float]:
    began = time.monotonic()
    with TemporaryDirectory() as folder, running(Path(folder) / "home", *options) as facts:
        cpu_s = worked(facts["pid"])
        with client(facts, desk) as http:
            http.get("/v1/inbox").raise_for_status()
        return time.monotonic() - began, cpu_s, round(resident(facts["pid"]) / 1e6, 1)
