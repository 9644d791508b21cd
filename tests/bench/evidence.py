"""A bundle verified beside the same model's events routed, on one core and on two; its memory; a witness, a head.

The log is that of the years' model (`RELAIS_YEARS`, a tenth of one without it), sealed to nobody. What a second process
brings is told by the CPU of the slower share, which no other work on the machine changes.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound
from contracts.proof.tree import consistency_path
from contracts.proof.witness import request_of
from contracts.vocabulary import topics
from services.agency.witness import LogWitness
from services.audit.bundle.export import ExportRequest, export
from services.audit.bundle.source import BundleLog
from services.audit.bundle.verify import checked, checked_heads, registries_of, verify
from services.audit.shares import Share, WholeLog, replay_share, shared_out
from services.platform.keys.owners import owners_text
from services.platform.process.clock import SystemClock
from tests.bench.measure import ROUNDS, Figure, as_a_service, beside, timed
from tests.bench.years.figures import SAMPLE_DAYS, SEED, WORKING_DAYS, made, routed
from tests.bench.years.model import Model
from tests.bench.years.parties import BEGAN, REALM, control, convention, owners
from tests.bench.years.publishing import Publishing
from tests.bench.years.writing import file_of, rows
from tests.contracts.proof.log import LOG, ORIGIN, WITNESSES, MemoryLog
from tests.services.audit.bundle import memory_log

HEADS: Final = 300
_CHILD: Final = """
import atexit, pathlib, sys
from services.cli.app import app
atexit.register(lambda: sys.stderr.write(pathlib.Path("/proc/self/status").read_text()))
app()
"""


def figures() -> Iterator[Figure]:
    """The bundle, then the witness."""
    days = round(WORKING_DAYS * float(os.environ.get("RELAIS_YEARS", "0.1")))
    with TemporaryDirectory(prefix="relais-evidence-") as private:
        folder = Path(private)
        for size, part in ((days, folder / "small"), (4 * days, folder / "large")):
            part.mkdir()
            list(made(part, size))
            _export(part, size)
        yield from _verified(folder / "small" / "bundle.zip", days)
        yield from (_memory(folder / name / "bundle.zip") for name in ("small", "large"))
    yield from _witnessed()


def _export(folder: Path, days: int) -> None:
    log = memory_log.MemoryLog(_topics(folder, days))
    asked = ExportRequest(log, (REALM,), owners(), memory_log.AUDITOR, BEGAN, "relais bench")
    export(asked, folder / "bundle.zip")


def _topics(folder: Path, days: int) -> dict[tuple[str, int], list[Inbound]]:
    topic = topics.control(REALM)
    orders = control(Model(SEED, convention().calendar, days).last_day).values
    every = {
        (topic, 0): [
            Inbound(topic, 0, at, None, value, (), start * 1000)
            for at, (start, value) in enumerate(orders)
        ]
    }
    decisions, evidence = topics.decisions(REALM), topics.evidence(REALM)
    for number in range(topics.PARTITIONS):
        for at, row in enumerate(rows(file_of(folder, number, 0))):
            key = leaf_hash(row.value).encode()
            for name, value, headers in (
                (decisions, row.value, row.headers),
                (evidence, row.evidence, ()),
            ):
                record = Inbound(name, number, at, key, value, headers, 0)
                every.setdefault((name, number), []).append(record)
    return every


def _verified(path: Path, days: int) -> Iterator[Figure]:
    """Live, on one core, and the slower of two, in turn."""
    model = Model(SEED, convention().calendar, SAMPLE_DAYS)
    registry = control(model.last_day).registry
    work = [
        (told.at, [told.record]) for told in Publishing(model, registry, 0, drawn=False).events()
    ]
    live, alone, slower, records = list[float](), list[float](), list[float](), 0
    as_a_service()
    for _round in range(ROUNDS):
        seconds, batches = timed(partial(routed, work, registry))
        live.append(seconds / sum(len(batch.entries) for batch in batches) * 1e6)
        seconds, records = timed(partial(_verdict, path))
        alone.append(seconds / records * 1e6)
        slower.append(_slower(path) / records * 1e6)
    routing = Figure("routing live, one an event", "µs CPU a record", tuple(live), f"{days} days")
    one = beside(Figure("bundle verified on one core", "µs CPU a record", tuple(alone)), routing)
    yield from (routing, one)
    yield beside(Figure("the slower of two processes", "µs CPU a record", tuple(slower)), one)


def _verdict(path: Path) -> int:
    with checked(path, "", memory_log.ignored) as bundle:
        registries = registries_of(bundle, owners())
        held = checked_heads(bundle, owners(), registries)
        verdict = verify(bundle, owners(), 1, memory_log.ignored, held)
    assert not verdict.unaudited
    return verdict.records


def _slower(path: Path) -> float:
    """CPU seconds until a verdict by two processes: what one of them does alone, and the larger share."""
    began = time.process_time()
    with checked(path, "", memory_log.ignored) as bundle:
        registries_of(bundle, owners())
        before = time.process_time() - began
        sizes = {
            REALM: {
                row.partition: row.end for row in bundle.manifest.places if row.kind == "decisions"
            }
        }
        return before + max(_share(bundle, share) for share in shared_out(sizes, 2))


def _share(bundle: BundleLog, share: Share) -> float:
    log = WholeLog(bundle, (REALM,), owners(), lambda: bundle.manifest.asked_at)
    with TemporaryDirectory() as home:
        (own := Path(home) / "0").mkdir()
        return timed(lambda: asyncio.run(replay_share(log, share, own, memory_log.ignored)))[0]


def _memory(path: Path) -> Figure:
    """Resident at most, of the command itself, by what the kernel says of it in the end (proc(5))."""
    told, held = path.with_name("owners.json"), owners()
    kinds = {kind: (held.quorum[kind], tuple(held.keys[kind].values())) for kind in held.keys}
    told.write_bytes(
        owners_text(kinds, tuple(held.directory.values()), tuple(held.parties.values()))
    )
    command: list[str | Path] = [
        sys.executable,
        "-c",
        _CHILD,
        "audit",
        "verify",
        path,
        "--owners",
        told,
        "--processes",
        "1",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    high = next(line for line in done.stderr.splitlines() if line.startswith("VmHWM"))
    size = path.stat().st_size >> 20
    return Figure(
        "verify, resident at most", "MiB", (int(high.split()[1]) / 1024,), f"a bundle of {size} MiB"
    )


def _witnessed() -> Iterator[Figure]:
    """A witness's part of a head, without HTTP, on a disk."""
    log, bodies, old = MemoryLog(), list[bytes](), 0
    for number in range(HEADS):
        log.add(b"record %d" % (3 * number + at) for at in range(3))
        path = consistency_path(old, log.edge.size, log.hashes().subtree)
        bodies.append(request_of(old, path, log.published(LOG)))
        old = log.edge.size
    spent = list[float]()
    for _round in range(ROUNDS):
        with TemporaryDirectory(dir=".") as folder:
            witness = LogWitness(
                Path(folder), WITNESSES[0], {ORIGIN: [key.key for key in LOG]}, SystemClock()
            )
            seconds, answers = timed(partial(_asked, witness, bodies))
        assert set(answers) == {200}
        spent.append(seconds / HEADS * 1e3)
    yield Figure(
        "a witness, a head", "ms CPU", tuple(spent), "three records more each; without HTTP"
    )


def _asked(witness: LogWitness, bodies: Sequence[bytes]) -> list[int]:
    return [witness.add(body).status for body in bodies]
