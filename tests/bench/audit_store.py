"""An audit service over a long log: its first start, a later one behind its store, and one without.

A real log: `RELAIS_CASES` events, a case each, as in `memory.py`.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from services.audit.store import audit_path
from services.play.kafka import ports
from services.play.kafka.fetch import fetch_jars
from tests.bench import load, memory
from tests.bench.kafka import prepared
from tests.bench.measure import Figure
from tests.kafka import kit
from tests.kafka.auditor import start_auditor

READY_S: Final = 900


async def figures() -> AsyncIterator[Figure]:
    """CPU until all was read, and resident memory at most."""
    cases = int(os.environ.get("RELAIS_CASES", memory.CASES))
    await asyncio.to_thread(fetch_jars)
    async with prepared() as (bootstrap, home):
        empty = await _lived(bootstrap, home, store=False)
        await memory.fill(bootstrap, home, cases)
        for name, has_store in (
            ("reads the whole log", True), ("goes on behind its store", True), ("has no store", False),
        ):  # fmt: skip
            spent, most = await _lived(bootstrap, home, store=has_store)
            note = f"{cases:,} events; at most {most:.0f} MB, {empty[1]:.0f} with none"
            yield Figure(f"auditor {name}", "s CPU", (spent,), note)
        size = audit_path(home / "state", kit.REALM).stat().st_size / cases
        yield Figure("auditor's store", "bytes an event", (size,), "on disk")


async def _lived(bootstrap: str, home: Path, **more: Any) -> tuple[float, float]:
    """CPU seconds until it has read all, and MB of memory at most."""
    port = ports.choose(["audit"], {})["audit"]
    process = start_auditor(bootstrap, home, home / "audit.log", http_port=port, **more)
    try:
        await kit.ready(port, READY_S)
        return load.cpu_of(process.pid), load.highest_of(process.pid)
    finally:
        process.terminate()
        await asyncio.to_thread(_end, process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.wait(30)
