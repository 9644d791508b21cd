"""A shard with very many open cases: what its stores take on disk, its start, and its memory.

Cases are made, not routed: each as an event leaves it, written through the state's own rows. The process
that is measured is one of its own. `RELAIS_CASES` says how many, 1,000,000 without it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson

from contracts.decision.state.state import RENEW_SECONDS, Case, Duty, Past, State
from contracts.encoding import b64u, sha256
from contracts.vocabulary import topics
from services.platform.store.owned import look_at
from services.routing.store import Reach, StateStore, store_path
from tests.bench.measure import Figure
from tests.contracts.envelope import kit

CASES: Final = 1_000_000
AT_ONCE: Final = 10_000
LOOKED_AT: Final = 20_000  # cases taken from the stores once they are open
WRITTEN_AT_ONCE: Final = 500  # of them, as a busy second would
DESKS: Final = 1_000
_MIB: Final = 1 << 20
REALM: Final = "civil"


def figures() -> Iterator[Figure]:
    """Disk a case, seconds of a start, memory after it and after many cases were looked at."""
    cases = int(os.environ.get("RELAIS_CASES", CASES))
    note = f"{cases:,} open cases in {topics.PARTITIONS} partitions"
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        home = Path(folder)
        began = time.process_time()
        for partition in range(topics.PARTITIONS):
            _filled(home, partition, cases // topics.PARTITIONS)
        written = time.process_time() - began
        size = sum(path.stat().st_blocks * 512 for path in home.rglob("*"))
        told = subprocess.run(
            [sys.executable, "-m", "tests.bench.store", folder],
            check=True, capture_output=True, env={**os.environ, "RELAIS_CASES": str(cases)},
        )  # fmt: skip
        found = orjson.loads(told.stdout)
    yield Figure("written", "µs a case", (written / cases * 1e6,), note)
    yield Figure("store on disk", "bytes a case", (size / cases,), note)
    yield Figure("start: pages walked, rows held to their sum", "s of CPU", (found["start"],), note)
    for name in ("anonymous", "mapped"):
        yield Figure(f"memory after a start, {name}", "MiB", (found["begun"][name] / _MIB,), note)
    looked = f"{LOOKED_AT:,} cases looked at and changed, {found['look'] * 1e6:.0f} µs each"
    for name in ("anonymous", "mapped"):
        yield Figure(f"memory at work, {name}", "MiB", (found["worked"][name] / _MIB,), looked)
    yield Figure("memory at its highest", "MiB", (found["worked"]["highest"] / _MIB,), looked)


def token(number: int) -> str:
    """A case's token."""
    return b64u(sha256(b"case %d" % number))


def case(number: int) -> Case:
    """A case as one event to two desks leaves it: two assignments, two open duties."""
    jti = f"0190{number:08x}-0000-7000-8000-{number:08x}"
    issuer, first, second = (
        f"urn:relais:{REALM}:desk:edu-{(number * at) % DESKS}" for at in (1, 3, 7)
    )
    at, desks = kit.NOW + number // 8, (first, second)
    scopes = ("FACTS.summary", "IDENTITY", "CHILD.birth")
    found = Case(clock="2026-09-07", assigned={(desk, jti) for desk in desks})
    found.events[jti] = Past(issuer, "IP", at, dict.fromkeys(desks, ("R01.asso", scopes)))
    for desk, act in zip(desks, ("ACK", "R26"), strict=True):
        due = at + 8 * kit.DAY
        key = f"{jti}/{act}/{desk.rpartition(':')[2]}/1"
        found.duties[key] = Duty(
            key, jti, issuer, (act,), ("received",), False, desk, issuer, due, True, False,
            "transmission", "8d", "2026-09-07", 1, min(due, at + RENEW_SECONDS),
        )  # fmt: skip
    return found


def _filled(home: Path, partition: int, cases: int) -> None:
    store = StateStore(store_path(home, REALM, partition), REALM, partition)
    fill(store, partition, cases, Reach(0, 0))
    store.close()


def fill(store: StateStore, partition: int, cases: int, reached: Reach) -> None:
    """Lay cases into a store, which stays where it was in its log."""
    state = store.state()
    for at in range(cases):
        number = at * topics.PARTITIONS + partition
        own = case(number)
        state.cases[token(number)] = own
        for duty in own.duties.values():
            state.due.add((*duty.entry, token(number)))
        state.seq[f"urn:relais:{REALM}:desk:edu-{number % DESKS}"] = number + 1
        if (at + 1) % AT_ONCE == 0 or at == cases - 1:
            store.write(state, reached)


def _start(home: Path, cases: int) -> dict[str, object]:
    """Open all stores as a shard does, then look at cases all over them."""
    from contracts.log.orders.order import Owners
    from contracts.log.orders.registry import Registry

    registry = Registry(REALM, Owners({}, {}, {}, {}))
    began, states, stores = time.process_time(), list[State](), list[StateStore]()
    for partition in range(topics.PARTITIONS):
        path = store_path(home, REALM, partition)
        found = look_at(path)
        store = StateStore(path, REALM, partition)
        store.check(registry, found)
        stores.append(store)
        states.append(store.state())
    started, begun, at = time.process_time() - began, _memory(), 0
    for turn in range(LOOKED_AT):
        at = (at + 7_919_317) % cases
        if turn % 10 == 0:
            states[at % topics.PARTITIONS].due.first()
        state = states[at % topics.PARTITIONS]
        assert state.cases[token(at)].duties
        state.cases[token(at)] = state.cases[token(at)].copy()
        if turn % WRITTEN_AT_ONCE == 0:
            for store, own in zip(stores, states, strict=True):
                store.write(own, Reach(0, 0))
    looked = (time.process_time() - began - started) / LOOKED_AT
    return {"start": started, "begun": begun, "worked": _memory(), "look": looked}


def _memory() -> dict[str, int]:
    """Bytes of resident memory: our own, and pages of files, which the kernel takes back (proc(5))."""
    lines = dict(
        line.split(":", 1)
        for line in Path("/proc/self/status").read_text().splitlines()
        if ":" in line
    )
    names = {"anonymous": "RssAnon", "mapped": "RssFile", "highest": "VmHWM"}
    return {name: int(lines[line].split()[0]) << 10 for name, line in names.items()}


if __name__ == "__main__":
    sys.stdout.buffer.write(
        orjson.dumps(_start(Path(sys.argv[1]), int(os.environ.get("RELAIS_CASES", CASES))))
    )
