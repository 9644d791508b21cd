"""The log that the model leaves, written by the router's own path and streamed to files.

A partition's records of one year are one file: for each its sizes, the record, its evidence, and the header of
its signature where it has one. At a département's pace nearly every event is a transaction of its own, and so
it is here: each is signed, as duties and orders are that fall due between two events.
"""

from __future__ import annotations

import resource
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import orjson

from contracts.decision.state.state import State
from contracts.decision.state.view import View
from contracts.encoding import b64u, canonical, sha256, unb64u
from contracts.envelope.wire import Inbound
from contracts.keys.keyring import HeldSigners
from contracts.log.entry import InputSource
from contracts.log.rebuild import LEAF_LABEL, SIGNATURE_HEADER
from contracts.log.routing import settle
from contracts.log.routing.partition_router import PartitionRouter, RouterKeys
from contracts.vocabulary import topics
from tests.bench.measure import as_a_service
from tests.bench.years.model import Model
from tests.bench.years.parties import BEGAN, REALM, ROUTER, control, convention
from tests.bench.years.publishing import Publishing, Told
from tests.contracts.envelope.kit import DAY, ROUTING_SECRET, Seeded

_SIZES: Final = struct.Struct(">III")
YEAR: Final = 365 * DAY


class Row(NamedTuple):
    """A record of the log as it lies on Kafka: value, headers, evidence, key of both."""

    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    evidence: bytes


@dataclass
class Written:
    """What was written of one partition, and what it cost.

    Attributes:
        events: published.
        seconds: of CPU in the router's path, of events alone.
        decisions, evidence: bytes.
    """

    events: int = 0
    records: int = 0
    seconds: float = 0.0
    decisions: int = 0
    evidence: int = 0
    alarms: list[str] = field(default_factory=list)


def file_of(folder: Path, partition: int, year: int) -> Path:
    """Where a partition's records of a year lie."""
    return folder / f"{partition}-{year:02}.log"


def rows(path: Path) -> Iterator[Row]:
    """The records of one file, in order."""
    with path.open("rb") as file:
        while head := file.read(_SIZES.size):
            record, evidence, signature = _SIZES.unpack(head)
            value, beside, signed = file.read(record), file.read(evidence), file.read(signature)
            yield Row(value, ((SIGNATURE_HEADER, signed),) if signed else (), beside)


class Writing:
    """One partition's log over the model, from its first day on.

    By the router's own path; or settled by the same functions straight away, without what a router owes
    its inputs and its inboxes: the same records, as a test holds, for half the time.
    """

    def __init__(self, folder: Path, publishing: Publishing, *, routed: bool = False) -> None:
        self.written = Written()
        registry, partition = publishing.registry, publishing.partition
        self.router = PartitionRouter(
            REALM, partition, State(), RouterKeys(HeldSigners(ROUTER), ROUTING_SECRET)
        )
        self._publishing, self._registry = publishing, registry
        self._folder, self._routed = folder, routed
        self._salt = Seeded(f"{publishing.model.seed} salt {partition}")

    def years(self) -> Iterator[int]:
        """Write year by year; each year's number once its file is whole."""
        year, partition = 0, self._publishing.partition
        file = file_of(self._folder, partition, 0).open("wb")
        try:
            for told in self._publishing.events():
                while told.at >= BEGAN + (year + 1) * YEAR:
                    file.close()
                    yield year
                    year += 1
                    file = file_of(self._folder, partition, year).open("wb")
                for row in self._rows(told):
                    self._write(file, row)
        finally:
            file.close()
        yield year

    def _rows(self, told: Told) -> Iterator[Row]:
        """What falls due until an event comes, one by one, then the event."""
        while (due := self._due(told.at)) is not None:
            yield from self._batch((), due)
        self.written.events += 1
        if self._routed:
            began = time.process_time()
            rows = list(self._batch((told.record,), told.at))
            self.written.seconds += time.process_time() - began
            yield from rows
        else:
            yield self._settled(told)

    def _due(self, by: int) -> int | None:
        """The first instant, up to an event's own, of which the log has to speak by itself."""
        done = self.router.state.tail.orders
        orders = [] if len(done) == len(self._registry.orders) else self._registry.orders
        instants = [one.start for one in orders if one.n not in done]
        due = self.router.next_due
        instants += [due] if due is not None else []
        return min((one for one in instants if one <= by), default=None)

    def _batch(self, records: Sequence[Inbound], at: int) -> Iterator[Row]:
        batch = self.router.batch(records, self._registry, at, lambda: self._salt(16))
        self.router.commit(batch)
        self.written.alarms += batch.alarms
        topic = topics.decisions(REALM)
        values = [one for one in batch.out if one.topic == topic]
        for entry, outbound in zip(batch.entries, values, strict=True):
            yield Row(entry.record, tuple(outbound.headers), entry.evidence)

    def _settled(self, told: Told) -> Row:
        """The entry of an event, alone in its transaction."""
        view, site, at, salt = View(self.router.state), self.router.site, told.at, self._salt(16)
        tail, registry, event = view.tail, self._registry, told.event
        reached = registry.inboxes(tail.convd, tail.dird)
        value = told.record.value or b""
        source = InputSource(told.record.topic, told.record.offset, b64u(sha256(value)))
        if event is None:
            entry = settle.quarantined(
                site,
                view,
                reached,
                "not_json",
                "event",
                None,
                False,
                at,
                salt,
                source,
                "",
                len(value),
            )
        elif told.flaw == "expired":
            verified = event.cover, event.token, event.digest
            entry = settle.quarantined(
                site,
                view,
                reached,
                "expired",
                "cover.exp",
                verified,
                True,
                at,
                salt,
                source,
                "",
                len(value),
            )
        elif told.flaw == "again":
            entry = settle.duplicate(
                site, view, reached, event.cover, event.token, event.digest, at, salt, source
            )
        else:
            convention, directory = (
                registry.conventions[tail.convd],
                registry.directories[tail.dird],
            )
            entry = settle.decided(site, view, convention, directory, event, at, salt, source)
        view.merge()
        signature = b64u(ROUTER.sign(LEAF_LABEL + unb64u(entry.leaf)))
        signed = canonical({"kid": ROUTER.kid, "sig": signature})
        return Row(entry.record, ((SIGNATURE_HEADER, signed),), entry.evidence)

    def _write(self, file: BinaryIO, row: Row) -> None:
        written, signed = self.written, dict(row.headers).get(SIGNATURE_HEADER, b"")
        file.write(_SIZES.pack(len(row.value), len(row.evidence), len(signed)))
        file.write(row.value + row.evidence + signed)
        written.records += 1
        written.decisions += len(row.value) + len(signed)
        written.evidence += len(row.evidence)


def main(folder: Path, seed: str, days: int, partitions: Sequence[int]) -> None:
    """Write some partitions; what each cost, a line a year, on standard output."""
    model = Model(seed, convention().calendar, days)
    registry = control(model.last_day).registry
    as_a_service()
    for partition in partitions:
        began = time.process_time()
        writing = Writing(folder, Publishing(model, registry, partition))
        for year in writing.years():
            told = {
                "partition": partition, "year": year, "all": time.process_time() - began,
                "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10, **asdict(writing.written),
            }  # fmt: skip
            sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), [int(one) for one in sys.argv[4:]])
