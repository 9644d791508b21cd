"""`python -m tests.bench years`: what years of a département cost, and how fast their log is decided again.

`RELAIS_YEARS` says how many, a tenth of one without it. The live rate is that of the router's own path over
the very events of the model: first each in a transaction of its own, as they come; then in bursts of a day, as
a router works off what has waited.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson

from contracts.decision.state.state import State
from contracts.envelope.wire import Inbound
from contracts.keys.keyring import HeldSigners
from contracts.log.rebuild import SIGNATURE_HEADER
from contracts.log.replaying.replay import Replayer
from contracts.log.routing.batch import Batch
from contracts.log.routing.partition_router import PartitionRouter, RouterKeys
from contracts.vocabulary import topics
from tests.bench.measure import ROUNDS, Figure, as_a_service, beside, shown, timed
from tests.bench.years.model import Model
from tests.bench.years.parties import REALM, ROUTER, control, convention
from tests.bench.years.publishing import Publishing
from tests.bench.years.replaying import in_processes
from tests.bench.years.writing import Row
from tests.contracts.envelope.kit import DAY, ROUTING_SECRET, Seeded

WORKING_DAYS: Final = 252  # of a year
SAMPLE_DAYS: Final = 30  # whose events are routed as they are published, whole
SEED: Final = "departement"
_MIB: Final = 1 << 20
Work = Sequence[tuple[int, Sequence[Inbound]]]  # instants, and what is routed then


def figures() -> Iterator[Figure]:
    """The rates side by side, then the log and its replays."""
    yield from _rates()
    days = round(WORKING_DAYS * float(os.environ.get("RELAIS_YEARS", "0.1")))
    with TemporaryDirectory(prefix="relais-years-") as private:
        folder = Path(os.environ.get("RELAIS_YEARS_LOG", private))
        if folder == Path(private):
            yield from made(folder, days)
        yield from _years(folder, days)


def _rates() -> Iterator[Figure]:
    """A sample routed live and decided again, in turn."""
    model = Model(SEED, convention().calendar, SAMPLE_DAYS)
    registry = control(model.last_day).registry
    told = list(Publishing(model, registry, 0, drawn=False).events())
    single = [(one.at, [one.record]) for one in told]
    by_day: dict[int, list[Inbound]] = {}
    for one in told:
        by_day.setdefault((one.at // DAY + 1) * DAY, []).append(one.record)
    as_a_service()
    for name, work in (("one an event", single), ("a day's burst", list(by_day.items()))):
        live, again = list[float](), list[float]()
        count = 0
        for _ in range(ROUNDS):
            seconds, batches = timed(partial(routed, work, registry))
            log = [row for batch in batches for row in _rows(batch)]
            count = len(log)
            live.append(seconds / count * 1e6)
            again.append(timed(partial(_replayed, log, registry))[0] / count * 1e6)
        note = f"{len(told):,} events, {count:,} records, transactions of {name}"
        routing = Figure(f"routing live, {name}", "µs CPU a record", tuple(live), note)
        yield routing
        yield beside(Figure(f"decided again, {name}", "µs CPU a record", tuple(again)), routing)


def routed(work: Work, registry: Any) -> list[Batch]:
    """Route the model's events, and what falls due between them."""
    router = PartitionRouter(REALM, 0, State(), RouterKeys(HeldSigners(ROUTER), ROUTING_SECRET))
    salt, done = Seeded("salt"), list[Batch]()
    for at, records in work:
        while (due := router.next_due) is not None and due <= at:
            done.append(router.batch((), registry, due, lambda: salt(16)))
            router.commit(done[-1])
        done.append(router.batch(records, registry, at, lambda: salt(16)))
        router.commit(done[-1])
    return done


def _rows(batch: Batch) -> Iterator[Row]:
    topic = topics.decisions(REALM)
    outs = [one for one in batch.out if one.topic == topic]
    for entry, out in zip(batch.entries, outs, strict=True):
        signed = tuple(one for one in out.headers if one[0] == SIGNATURE_HEADER)
        yield Row(entry.record, signed, entry.evidence)


def _replayed(log: Sequence[Row], registry: Any) -> None:
    replayer = Replayer(REALM, 0, registry)
    for row in log:
        replayer.step(row.value, row.headers, row.evidence)
    assert replayer.tally.records == len(log)


def made(folder: Path, days: int) -> Iterator[Figure]:
    """Write the log, in two processes."""
    begun = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.bench.years.writing",
                str(folder),
                SEED,
                str(days),
                *share,
            ],
            stdout=subprocess.PIPE,
        )
        for share in (("0", "2", "4"), ("1", "3", "5"))
    ]
    lines = [line for process in begun for line in process.communicate()[0].splitlines()]
    assert not any(process.returncode for process in begun)
    yield from written(lines, days)


def written(lines: Sequence[bytes], days: int) -> Iterator[Figure]:
    """What was written, by what the processes said of each year."""
    every = [orjson.loads(line) for line in lines]
    last = {one["partition"]: one for one in every}.values()
    events, records, years = (
        sum(one["events"] for one in last), sum(one["records"] for one in last), days / WORKING_DAYS,
    )  # fmt: skip
    yield Figure("events", "", (events,), f"{years:g} years, {events / years:,.0f} a year")
    yield Figure("records", "", (records,), f"{records / years:,.0f} a year")
    for name in ("decisions", "evidence"):
        size = sum(one[name] for one in last)
        yield Figure(
            f"{name} a year", "MB", (size / years / 1e6,), f"{size / records:,.0f} bytes a record"
        )
    cpu = sum(one["all"] for one in last)
    yield Figure("made and settled", "µs CPU an event", (cpu / events * 1e6,), "drawn, not sealed")


def _years(folder: Path, days: int) -> Iterator[Figure]:
    """Decide it all again, in one process and in two."""
    partitions = range(topics.PARTITIONS)
    (alone,) = in_processes(folder, days, [partitions])
    two = in_processes(folder, days, [partitions[0::2], partitions[1::2]])
    records = sum(year["records"] for year in alone)
    seconds = sum(year["seconds"] for year in alone)
    slowest = max(sum(year["seconds"] for year in one) for one in two)
    for year in (*alone, *two[0], *two[1]):
        assert year["unaudited"] == 0, year
    alarms = sum(year["alarms"] for year in alone)
    note = f"{records:,} records in {seconds:,.0f} s of CPU, {alarms} alarms"
    yield Figure("decided again on one core", "µs CPU a record", (seconds / records * 1e6,), note)
    yield Figure(
        "on two cores",
        "times as fast",
        (seconds / slowest,),
        f"{slowest:,.0f} s of the slower process's CPU",
    )
    for name, words, unit, scale in (
        ("own", "one process, its own memory", "MiB", _MIB),
        ("highest", "one process, resident at most", "MiB", _MIB),
        ("disk", "a shard's stores", "MiB", _MIB),
        ("start", "a start's look through them", "s CPU", 1),
    ):
        values = [year[name] / scale for year in alone]
        told = "year by year " + ", ".join(map(shown, values))
        yield Figure(words, unit, (values[-1],), told)
