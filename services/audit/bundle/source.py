"""A bundle as a log that is read: what an audit asks of Kafka, answered by the file alone."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson
from aiokafka import TopicPartition

from contracts.encoding import canonical
from contracts.envelope.wire import Inbound
from contracts.log.orders.order import Owners
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.policy import MAX_POLICY_BYTES
from services.audit.bundle.archive import Archive, open_archive
from services.audit.bundle.manifest import (
    MANIFEST,
    Manifest,
    place_of,
    read_manifest,
    records_file,
)
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.topic_reader import Ahead

_MEMBERS: Final = {"at", "headers", "key", "offset", "value"}  # of a line (bundle §2)
_OFFSETS: Final = 1 << 63  # Kafka's are lower
_STAMPS: Final = 1000 << 37  # milliseconds: what is later no calendar tells
BATCH: Final = 500  # records handed over at once
Told = Callable[[int, int], None]  # bytes looked at, bytes there are


def _text(data: bytes | None) -> str | None:
    return None if data is None else b64encode(data).decode()


def _bytes(text: Any) -> bytes | None:
    return None if text is None else a2b_base64(text, strict_mode=True)


def _members(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict) or row.keys() != _MEMBERS:
        raise ValueError("another form")
    return row


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError("no name")
    return name


def _number(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value < most:
        raise ValueError("no number")
    return value


@contextmanager
def open_bundle(
    path: Path, auditor: str = "", told: Told = lambda _done, _all: None
) -> Iterator[BundleLog]:
    """Open a bundle whose files are those of its signed manifest.

    Args:
        auditor: public key that must have signed it, base64url; empty: whichever it names.
        told: is told how many bytes were looked at, of how many.

    Raises:
        UsageError: `bundle_missing`, `bundle_malformed`, `bundle_unsigned`, `bundle_foreign`.
    """
    with open_archive(path) as archive:
        bundle = BundleLog(archive, read_manifest(archive, auditor))
        bundle.check_files(told)
        yield bundle


@dataclass(frozen=True)
class BundleLog:
    """A bundle as the source of an audit, and the reader of all its topics.

    Attributes:
        settle_s: nothing is written in it any more.
        is_cut: what was erased behind its end has a stub in it all the same.
        lengths: of each partition the offset behind its last record, once its file was checked.
    """

    archive: Archive
    manifest: Manifest
    settle_s: float = 0
    is_cut: bool = True
    lengths: dict[TopicPartition, int] = field(default_factory=dict)
    _controls: dict[str, Control] = field(default_factory=dict, repr=False)

    def reader(self, _realm: str) -> BundleLog:
        """A reader of any topic."""
        return self

    def control(
        self, realm: str, owners: Owners, _pinned: Callable[[], Owners] | None = None
    ) -> Control:
        """A realm's orders, read once for all who ask under the same owners."""
        known = self._controls.get(realm)
        if known is None or known.registry.owners != owners:
            known = self._controls[realm] = Control(self, realm, owners)
        return known

    def check_files(self, told: Told) -> None:
        """Check that the files are those of the manifest, each by its digest.

        Raises:
            UsageError: `bundle_malformed`.
        """
        sizes, listed = self.archive.sizes, {row.name: row for row in self.manifest.files}
        controls = {f"{realm}/control-00.jsonl" for realm in self.manifest.realms}
        for name in sorted((listed.keys() | controls) ^ (sizes.keys() - {MANIFEST})):
            got = "a file that the manifest does not list" if name in sizes else "no such file"
            raise self.archive.malformed(got, name)
        whole, done = sum(row.size for row in listed.values()), 0
        for name, row in listed.items():
            if name.partition("/")[0] not in self.manifest.realms:
                raise self.archive.malformed("a file of another realm", name)
            if self._digest(name) != row.sha256 or sizes[name] != row.size:
                raise self.archive.malformed("another content than the manifest’s", name)
            done += row.size
            told(done, whole)

    async def start(self) -> None:
        """The file is open."""

    async def stop(self) -> None:
        """Whoever opened the file closes it."""

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset behind the last record of each partition; 0 where it has none."""
        return {place: self.lengths.get(place, 0) for place in partitions}

    async def read(
        self, starts: Mapping[TopicPartition, int | None], is_ahead: Ahead | None = None
    ) -> AsyncGenerator[list[Inbound], None]:
        """Every record from `starts` to the end, partitions in turn; one that is ahead waits.

        Raises:
            UsageError: `bundle_malformed`.
        """
        left = {place: self.records(place, start or 0) for place, start in starts.items()}
        while left:
            behind = [place for place in left if is_ahead is None or not is_ahead(place)]
            for place in behind or list(left):
                if batch := list(islice(left[place], BATCH)):
                    yield batch
                else:
                    del left[place]

    def value(self, place: TopicPartition, offset: int) -> bytes:
        """The value of a record that was read before."""
        return next(record.value or b"" for record in self.records(place, offset))

    def records(self, place: TopicPartition, start: int = 0) -> Iterator[Inbound]:
        """A partition's records in their order, one by one.

        Raises:
            UsageError: `bundle_malformed`.
        """
        before = -1
        for line in self.archive.lines(records_file(place)) if place in self.lengths else ():
            record = self._record(place, line)
            if record.offset <= before:
                raise self.archive.malformed("records in another order", records_file(place))
            before = record.offset
            if record.offset >= start:
                yield record

    def _record(self, place: TopicPartition, line: bytes) -> Inbound:
        """The record that a line says; up to its first fault: a line may have millions."""
        try:
            row = _members(orjson.loads(line))
            headers = tuple((_name(name), _bytes(value)) for name, value in row["headers"])
            key, value = _bytes(row["key"]), _bytes(row["value"])
            offset, stamp = _number(row["offset"], _OFFSETS), _number(row["at"], _STAMPS)
        except (LookupError, TypeError, ValueError):
            raise self.archive.malformed("a line of another form", records_file(place)) from None
        return Inbound(place.topic, place.partition, offset, key, value, headers, stamp)

    def _digest(self, name: str) -> str:
        """A file's SHA-256; of records, their end is noted on the way."""
        if not name.endswith(".jsonl"):
            data = self.archive.content(name, max(MAX_NOTE_BYTES, MAX_POLICY_BYTES))
            return hashlib.sha256(data).hexdigest()
        digest, last = hashlib.sha256(), b""
        for last in self.archive.lines(name):
            digest.update(last)
        place = place_of(name)
        self.lengths[place] = self._record(place, last).offset + 1 if last else 0
        return digest.hexdigest()


def line_of(record: Inbound) -> bytes:
    """A record as a line of a bundle."""
    row = {
        "at": record.timestamp_ms,
        "headers": [[name, _text(value)] for name, value in record.headers],
        "key": _text(record.key),
        "offset": record.offset,
        "value": _text(record.value),
    }
    return canonical(row) + b"\n"
