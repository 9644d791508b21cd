"""A real router's and a real auditor's start on Kafka, where control has years of directories.

As `directory_years.py` makes them, with its variables; the last one is in force. The services share a home, and
with it the place of what was verified; without one they verify all, as releases of before did.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from contracts.log.orders.order import Order
from contracts.vocabulary import topics
from services.platform.kafka.orders.control import Control
from services.play.kafka import ports
from services.play.kafka.fetch import fetch_jars
from tests.bench import load
from tests.bench.directory_years import DESKS, WEEKS, YEARS, values
from tests.bench.kafka import prepared
from tests.bench.measure import Figure
from tests.contracts.envelope.kit import NOW
from tests.kafka import kit
from tests.kafka.auditor import start_auditor

READY_S: Final = 400
AT_ONCE: Final = 50  # values written to control by one producer
LATER: Final = 3  # starts
Started = Callable[..., subprocess.Popen[bytes]]


async def figures() -> AsyncIterator[Figure]:
    """First starts without and with a place for what was verified, then later ones."""
    desks = int(os.environ.get("RELAIS_DESKS", DESKS))
    weeks = round(WEEKS * float(os.environ.get("RELAIS_YEARS", YEARS)))
    note = f"{weeks} versions of {desks:,} desks"
    await asyncio.to_thread(fetch_jars)
    async with prepared() as (bootstrap, home):
        kit.move_clock(home, NOW + weeks + 60)
        own = home / "state" / f"control-{kit.REALM}"
        router, auditor = (
            partial(start, bootstrap, home, home / "service.log")
            for start in (kit.start_router, start_auditor)
        )
        empty = await _lived(router)
        yield Figure("router, one directory: CPU", "s", (empty[0],), f"{empty[1]:.0f} MB at most")
        await _publish(bootstrap, values(desks, weeks, await _last(bootstrap), kit.OWNER))
        _moved(own, home / "aside")
        own.write_bytes(b"")  # where this is, nothing can be kept
        for name, service in (("router", router), ("auditor", auditor)):
            lived = await _lived(service)
            yield Figure(f"{name}, all in memory: CPU", "s", (lived[0],), note)
            yield Figure(f"{name}, all in memory: resident at most", "MB", (lived[1],), note)
        own.unlink()
        await _lived(router)  # which verifies all, once
        for name, service in (("router", router), ("auditor", auditor)):
            lives = [await _lived(service) for _ in range(LATER)]
            cpu, most = zip(*lives, strict=True)
            yield Figure(f"{name}, later starts: CPU", "s", cpu, note)
            yield Figure(f"{name}, later starts: resident at most", "MB", most, note)


def _moved(path: Path, to: Path) -> None:
    with suppress(FileNotFoundError):
        path.rename(to)


async def _last(bootstrap: str) -> Order:
    control = Control(bootstrap, kit.REALM, kit.owners())
    try:
        await control.start()
    finally:
        await control.stop()
    assert control.registry.last is not None
    return control.registry.last


async def _publish(bootstrap: str, every: Iterator[bytes]) -> None:
    """Write to control, some at a time."""
    name = topics.control(kit.REALM)
    while some := await asyncio.to_thread(list, islice(every, AT_ONCE)):
        records = [{"topic": name, "value": value, "partition": 0} for value in some]
        await kit.write(bootstrap, records)


async def _lived(service: Started) -> tuple[float, float]:
    """CPU seconds until it is ready, and MB of memory at most until then."""
    port = ports.choose(["service"], {})["service"]
    process = service(http_port=port, log_level="WARNING")
    try:
        await kit.ready(port, READY_S)
        return load.cpu_of(process.pid), load.highest_of(process.pid)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)
