"""The files of a bundle as they are written: records in parts, each file with its digest."""

from __future__ import annotations

from typing import BinaryIO, Final

from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound
from services.audit.bundle.manifest import BundledTopic, Kind, ListedFile, Realm
from services.audit.bundle.rows import line_of
from services.audit.bundle.stored_zip import ZipWriter

FILE_BYTES: Final = 64 << 20  # of records, after which a partition goes on in another file


class BundleWriter:
    """Writes a bundle's files in the order of their names.

    Attributes:
        files: written so far, as the manifest lists them.
        places: partitions written so far.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.files: list[ListedFile] = []
        self.places: list[BundledTopic] = []
        self._zip = ZipWriter(file)

    def add(self, name: str, data: bytes, *, listed: bool = True) -> None:
        """Write a small file whole.

        Args:
            listed: in the manifest, which lists neither itself nor its signature.
        """
        self.begin(name).write(data)
        self.end(name, listed=listed)

    def place(self, realm: Realm, kind: Kind, partition: int) -> PlaceWriter:
        """Begin a partition of a topic."""
        return PlaceWriter(self, realm, kind, partition)

    def begin(self, name: str) -> ZipWriter:
        """Begin a file that may be large."""
        self._zip.begin(name)
        return self._zip

    def end(self, name: str, *, listed: bool = True) -> None:
        """End it; `listed` as `add` has it."""
        digest = self._zip.end()
        if listed:
            self.files.append(ListedFile(name=name, size=self._zip.size, sha256=digest))

    def close(self) -> None:
        """Write the directory; raises UsageError `bundle_too_large`."""
        self._zip.close()


class PlaceWriter:
    """Writes one partition's records in parts of a bounded size; none without records."""

    def __init__(self, bundle: BundleWriter, realm: Realm, kind: Kind, partition: int) -> None:
        self._bundle = bundle
        self._place = BundledTopic(
            realm=realm, kind=kind, partition=partition, records=0, first=0, end=0
        )
        self._name = ""
        self._parts = self._records = self._first = self._end = 0
        self._last: bytes | None = None  # the record that was written last

    def write(self, record: Inbound) -> None:
        """Write the next record."""
        if not self._name:
            self._name = f"{self._place.folder}/{self._parts:06}.jsonl"
            self._zip = self._bundle.begin(self._name)
            self._parts += 1
        if not self._records:
            self._first = record.offset
        self._zip.write(line_of(record))
        self._records, self._end = self._records + 1, record.offset + 1
        self._last = record.value or b""
        if self._zip.size >= FILE_BYTES:
            self._close_part()

    def close(self) -> None:
        """No more records come."""
        if self._name:
            self._close_part()
        is_chained = self._place.kind == "decisions" and self._last is not None
        last = leaf_hash(self._last or b"") if is_chained else None
        told = {"records": self._records, "first": self._first, "end": self._end, "last": last}
        self._bundle.places.append(self._place.model_copy(update=told))

    def _close_part(self) -> None:
        self._bundle.end(self._name)
        self._name = ""
