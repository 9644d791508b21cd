"""Replays of the modelled log from its files: a process with some partitions, its CPU and memory year by year.

States lie in stores, of which only what is at hand is in memory, as in any replay of years.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson

from contracts.log.replaying.replay import Replayer
from services.audit.ids_aside import IdsAside
from services.platform.store.owned import look_at
from services.routing.store import Reach, StateStore, store_path
from tests.bench.measure import as_a_service
from tests.bench.years.model import Model
from tests.bench.years.parties import REALM, control, convention
from tests.bench.years.writing import file_of, rows

WRITTEN_EVERY: Final = 5_000  # records, after which a store takes over what has changed


def replayed(folder: Path, days: int, partitions: Sequence[int]) -> Iterator[dict[str, Any]]:
    """What each year cost in one process: records, seconds of CPU, resident bytes, alarms."""
    registry = control(Model("", convention().calendar, days).last_day).registry
    with TemporaryDirectory(prefix="relais-bench-") as private:
        home = Path(private)
        aside = IdsAside(home)
        stores = {at: StateStore(store_path(home, REALM, at), REALM, at, 1) for at in partitions}
        states = {at: stores[at].state() for at in partitions}
        replayers = {
            at: Replayer(REALM, at, registry, aside, states[at])  # type: ignore[arg-type]
            for at in partitions
        }
        as_a_service()
        year = 0
        while file_of(folder, partitions[0], year).exists():
            began, count, alarms = time.process_time(), 0, 0
            for at in partitions:
                for row in rows(file_of(folder, at, year)):
                    aside.offset = count
                    found = replayers[at].step(row.value, row.headers, row.evidence)
                    alarms += sum(one.alarm for one in found)
                    count += 1
                    if count % WRITTEN_EVERY == 0:
                        _keep(stores[at], replayers[at])
            spent = time.process_time() - began
            for at in partitions:
                _keep(stores[at], replayers[at])
            yield {
                "year": year, "records": count, "seconds": spent,
                "alarms": alarms, **_memory(), **_start([one.path for one in stores.values()]),
                "unaudited": sum(one.tally.unaudited for one in replayers.values()),
            }  # fmt: skip
            year += 1
        for store in stores.values():
            store.close()


def _keep(store: StateStore, replayer: Replayer) -> None:
    settled = replayer.settled()
    if settled is not None:
        store.write(settled, Reach(0, 0))


def _start(paths: Iterable[Path]) -> dict[str, float]:
    """What a router's start does with stores: CPU of walking their pages and adding their rows up; bytes."""
    began, size = time.process_time(), 0
    for path in paths:
        look_at(path)
        size += path.stat().st_blocks * 512
    return {"start": time.process_time() - began, "disk": size}


def _memory() -> dict[str, int]:
    """Bytes of our own memory, and the most there was with pages of files (proc(5))."""
    lines = Path("/proc/self/status").read_text().splitlines()
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    return {name: int(told[line].split()[0]) << 10 for name, line in
            (("own", "RssAnon"), ("highest", "VmHWM"))}  # fmt: skip


def in_processes(
    folder: Path, days: int, shares: Iterable[Sequence[int]]
) -> list[list[dict[str, Any]]]:
    """The same, each share in a process of its own, all at once."""
    begun = [
        subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder), str(days), *map(str, share)],
            stdout=subprocess.PIPE,
        )
        for share in shares
    ]
    told = [process.communicate()[0] for process in begun]
    assert not any(process.returncode for process in begun)
    return [[orjson.loads(line) for line in one.splitlines()] for one in told]


if __name__ == "__main__":
    for _year in replayed(Path(sys.argv[1]), int(sys.argv[2]), [int(one) for one in sys.argv[3:]]):
        sys.stdout.buffer.write(orjson.dumps(_year) + b"\n")
        sys.stdout.buffer.flush()
