"""A bundle as a log that is read: what an audit asks of Kafka, answered by the file alone."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from aiokafka import TopicPartition

from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound
from contracts.log.orders.order import Owners
from services.audit.bundle.manifest import MANIFEST, SIGNATURE, BundledTopic, Manifest
from services.audit.bundle.rows import MAX_LINE, record_of
from services.audit.bundle.stored_zip import StoredZip
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.topic_reader import Ahead

BATCH: Final = 500  # records handed over at once
Told = Callable[[int, int], None]  # bytes looked at, bytes there are


@dataclass(frozen=True)
class BundleLog:
    """A bundle as the source of an audit.

    Attributes:
        settle_s: nothing is written in it any more.
        is_cut: what was erased behind its end has a stub in it all the same.
    """

    file: StoredZip
    manifest: Manifest
    settle_s: float = 0
    is_cut: bool = True
    _controls: dict[str, BundleControl] = field(default_factory=dict, repr=False)

    def reader(self, realm: str) -> BundleReader:
        """A reader of a realm's topics."""
        places = [place for place in self.manifest.places if place.realm == realm]
        return BundleReader(self.file, places)

    def control(
        self,
        realm: str,
        owners: Owners,
        _pinned: Callable[[], Owners] | None = None,
    ) -> BundleControl:
        """A realm's orders, read once for all who ask under the same owners."""
        known = self._controls.get(realm)
        if known is None or known.registry.owners != owners:
            known = BundleControl(Control(self.reader(realm), realm, owners))
            self._controls[realm] = known
        return known

    def check_files(self, told: Told) -> None:
        """Hold each file to the digest in the manifest.

        Raises:
            UsageError: `bundle_malformed`.
        """
        own = sum(self.file.members[name].size for name in (MANIFEST, SIGNATURE))
        whole, done = sum(row.size for row in self.manifest.files) + own, own
        for row in self.manifest.files:
            member, digest = self.file.members[row.name], hashlib.sha256()
            for chunk in self.file.chunks(member):
                digest.update(chunk)
                done += len(chunk)
                told(done, whole)
            if digest.hexdigest() != row.sha256:
                raise self.file.malformed("another content than the manifest’s", row.name)


class BundleControl:
    """Orders that do not change any more: thousands of keys are checked once.

    Attributes:
        registry, reader: as `Control` has them.
    """

    def __init__(self, control: Control) -> None:
        self.registry, self.reader = control.registry, control.reader
        self._control = control
        self._is_read = False

    async def start(self) -> None:
        """Read them, the first time.

        Raises:
            UsageError: `bundle_malformed`.
        """
        if not self._is_read:
            # `start` would log what it rejects: a command reads this, and tells it.
            await self._control.refresh()
            self._is_read = True

    @property
    def position(self) -> int:
        """The offset behind all that was read."""
        return self._control.position

    async def refresh(self) -> None:
        """Nothing is new."""

    async def stop(self) -> None:
        """Whoever opened the file closes it."""


class _Line(NamedTuple):
    """A line of a file of records."""

    file: str
    number: int
    text: bytes


class BundleReader:
    """Stands where `LogReader` does."""

    def __init__(self, file: StoredZip, places: Iterable[BundledTopic]) -> None:
        self._file = file
        self._places = {TopicPartition(row.topic, row.partition): row for row in places}

    async def start(self) -> None:
        """The file is open."""

    async def stop(self) -> None:
        """Whoever opened the file closes it."""

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset behind the last record of each partition; 0 where it has none."""
        return {
            place: self._places[place].end if place in self._places else 0 for place in partitions
        }

    async def read(
        self, starts: Mapping[TopicPartition, int | None], is_ahead: Ahead | None = None
    ) -> AsyncGenerator[list[Inbound], None]:
        """Every record from `starts` to the end, partitions in turn; one that is ahead waits.

        Raises:
            UsageError: `bundle_malformed`.
        """
        left = {
            place: self._batches(place, start or 0)
            for place, start in starts.items()
            if place in self._places
        }
        while left:
            behind = [place for place in left if is_ahead is None or not is_ahead(place)]
            for place in behind or list(left):
                batch = next(left[place], None)
                if batch is None:
                    del left[place]
                else:
                    yield batch

    async def span(
        self, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> AsyncIterator[list[Inbound]]:
        """Every record from `starts` up to `ends`."""
        for place, start in starts.items():
            for batch in self._batches(place, start):
                yield [record for record in batch if record.offset < ends[place]]

    async def pick(
        self, wanted: Mapping[TopicPartition, Iterable[int]]
    ) -> dict[tuple[TopicPartition, int], Inbound]:
        """Single records by offset; what is not there is left out."""
        picked: dict[tuple[TopicPartition, int], Inbound] = {}
        for place, offsets in wanted.items():
            todo = set(offsets)
            for record in self.records(place, min(todo, default=0)) if todo else ():
                if record.offset in todo:
                    picked[place, record.offset] = record
                    todo.discard(record.offset)
                if not todo:
                    break
        return picked

    def records(self, place: TopicPartition, start: int = 0) -> Iterator[Inbound]:
        """A partition's records in their order, one by one.

        Raises:
            UsageError: `bundle_malformed`.
        """
        row, before = self._places.get(place), -1
        for line in self._lines(row) if row is not None else ():
            record = self._record(place, line)
            if row is None or not before < record.offset < row.end:
                raise self._file.malformed(f"line {line.number}", line.file)
            before = record.offset
            if record.offset >= start:
                yield record

    def held(self, row: BundledTopic) -> BundledTopic:
        """A partition as its files have it: first and last line are read, all are counted.

        Raises:
            UsageError: `bundle_malformed`.
        """
        place, count = TopicPartition(row.topic, row.partition), 0
        first = last = None
        for last in self._lines(row):
            first, count = first or last, count + 1
        if first is None or last is None:
            return row.model_copy(update={"records": 0, "first": 0, "end": 0, "last": None})
        begin, end = self._record(place, first), self._record(place, last)
        leaf = leaf_hash(end.value or b"") if row.kind == "decisions" else None
        told = {"records": count, "first": begin.offset, "end": end.offset + 1, "last": leaf}
        return row.model_copy(update=told)

    def _record(self, place: TopicPartition, line: _Line) -> Inbound:
        try:
            return record_of(line.text, place.topic, place.partition)
        except (LookupError, TypeError, ValueError):
            raise self._file.malformed(f"line {line.number}", line.file) from None

    def _batches(self, place: TopicPartition, start: int) -> Iterator[list[Inbound]]:
        batch: list[Inbound] = []
        for record in self.records(place, start):
            batch.append(record)
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _lines(self, row: BundledTopic) -> Iterator[_Line]:
        """Each line of a partition's files, with its place; no more of it is held than a line."""
        for name in self._files_of(row):
            rest, number = b"", 0
            for chunk in self._file.chunks(self._file.members[name]):
                *lines, rest = (rest + chunk).split(b"\n")
                for number, line in enumerate(lines, number + 1):  # noqa: B020
                    yield _Line(name, number, line)
                if len(rest) > MAX_LINE:
                    raise self._file.malformed("a line that is too long", name)
            if rest:
                raise self._file.malformed("a last line without an end", name)

    def _files_of(self, row: BundledTopic) -> list[str]:
        return [name for name in self._file.members if name.startswith(f"{row.folder}/")]
