"""A partition of the simulated Kafka: record batches as brokers keep them, in Kafka's format 2."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from aiokafka.errors import (
    InvalidProducerEpoch,
    MessageSizeTooLargeError,
    NoError,
    OffsetOutOfRangeError,
    OutOfOrderSequenceNumber,
)
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

_HEADER: Final = struct.Struct(">qiibIhiqqqhii")  # as default_records.py has it
_CRC: Final = struct.Struct(">I")
_CRC_AT, _COVERED_FROM, _DELTA_AT, _STAMP_AT = 17, 21, 23, 35  # in bytes
APPENDED, TRANSACTIONAL, CONTROL = 0x08, 0x10, 0x20  # bits of a batch's attributes
ABORT, COMMIT = b"\0\0\0\0", b"\0\0\0\1"  # keys of markers
KEPT: Final = 5  # batches of a producer by which a repeated one is known


@dataclass(frozen=True)
class Batch:
    """Some records that came together, or a transaction's marker."""

    data: bytes = field(repr=False)

    @cached_property
    def _header(self) -> tuple[int, ...]:
        return _HEADER.unpack_from(self.data)

    base = property(lambda self: self._header[0])
    last = property(lambda self: self._header[0] + self._header[6])
    attributes = property(lambda self: self._header[5])
    pid = property(lambda self: self._header[9])
    epoch = property(lambda self: self._header[10])
    sequence = property(lambda self: self._header[11])
    count = property(lambda self: self._header[12])

    @cached_property
    def records(self) -> list[Any]:
        """Its records, as aiokafka parses them; of a marker none."""
        return [] if self.attributes & CONTROL else [*MemoryRecords(self.data).next_batch()]

    def placed(self, base: int, *, now_ms: int | None = None, more: int = 0) -> Batch:
        """The same at an offset, with a broker's time stamp and more attributes."""
        data = bytearray(self.data)
        struct.pack_into(">q", data, 0, base)
        if now_ms is not None:
            struct.pack_into(">q", data, _STAMP_AT, now_ms)
            more |= APPENDED
        struct.pack_into(">h", data, _COVERED_FROM, self.attributes | more)
        return Batch(_sealed(data))

    def without(self, kept: set[int]) -> Batch | None:
        """The same with the records at some offsets alone, at their places; None: nothing left."""
        left = [record for record in self.records if record.offset in kept]
        if not left:
            return None
        transactional = bool(self.attributes & TRANSACTIONAL)
        builder = DefaultRecordBatchBuilder(
            2, 0, transactional, self.pid, self.epoch, self.sequence, 1 << 24
        )
        for one in left:
            delta = one.offset - self.base
            builder.append(delta, one.timestamp, one.key, one.value, list(one.headers))
        data = bytearray(builder.build())
        struct.pack_into(">i", data, _DELTA_AT, self.last - self.base)
        now_ms = left[0].timestamp if self.attributes & APPENDED else None
        return Batch(_sealed(data)).placed(self.base, now_ms=now_ms)


def _sealed(data: bytearray) -> bytes:
    _CRC.pack_into(data, _CRC_AT, calc_crc32c(bytes(data[_COVERED_FROM:])))
    return bytes(data)


def marker(key: bytes, pid: int, epoch: int, now_ms: int) -> Batch:
    """What ends a transaction in each of its partitions."""
    builder = DefaultRecordBatchBuilder(2, 0, 1, pid, epoch, -1, 1 << 10)
    builder.append(0, now_ms, key, b"\0\0\0\0\0\0", [])
    return Batch(bytes(builder.build())).placed(0, more=CONTROL)


@dataclass
class Producer:
    """What a partition knows of one producer.

    Attributes:
        next: the sequence number that its next batch must have.
        recent: sequence number and offset of its last batches.
    """

    epoch: int
    next: int = 0
    recent: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=KEPT))


@dataclass
class Partition:
    """One partition.

    Attributes:
        start: the first offset that is still kept.
        end: the high watermark: one broker, all in sync.
        open: producer -> first offset of its open transaction here.
        aborted: (producer, first offset, offset of the marker) of aborted transactions.
    """

    limit: int = 1 << 20
    appended: bool = True
    batches: list[Batch] = field(default_factory=list)
    start: int = 0
    end: int = 0
    open: dict[int, int] = field(default_factory=dict)
    aborted: list[tuple[int, int, int]] = field(default_factory=list)
    producers: dict[int, Producer] = field(default_factory=dict)

    def stable(self) -> int:
        """The last stable offset: where the oldest open transaction begins."""
        return min(self.open.values(), default=self.end)

    def append(self, data: bytes, now_ms: int) -> tuple[int, int]:
        """Take a batch, once.

        Returns:
            Kafka's error code, and the offset of its first record or -1.
        """
        batch = Batch(data)
        if len(data) > self.limit:
            return MessageSizeTooLargeError.errno, -1
        if batch.pid >= 0:
            code, offset = self._in_turn(batch)
            if code or offset >= 0:
                return code, offset
        offset = self._add(batch.placed(self.end, now_ms=now_ms if self.appended else None))
        if batch.attributes & TRANSACTIONAL:
            self.open.setdefault(batch.pid, offset)
        return NoError.errno, offset

    def _in_turn(self, batch: Batch) -> tuple[int, int]:
        """Whether a producer's batch is its next one, or where it lies already."""
        known = self.producers.setdefault(batch.pid, Producer(batch.epoch))
        if batch.epoch < known.epoch:
            return InvalidProducerEpoch.errno, -1
        if batch.epoch > known.epoch:
            known = self.producers[batch.pid] = Producer(batch.epoch)
        if (offset := dict(known.recent).get(batch.sequence)) is not None:
            return NoError.errno, offset
        if batch.sequence != known.next:
            return OutOfOrderSequenceNumber.errno, -1
        known.next += batch.count
        known.recent.append((batch.sequence, self.end))
        return NoError.errno, -1

    def _add(self, batch: Batch) -> int:
        self.batches.append(batch)
        self.end = batch.last + 1
        return int(batch.base)

    def finish(self, pid: int, epoch: int, now_ms: int, *, commit: bool) -> None:
        """Write the marker of a producer's transaction."""
        last = self._add(marker(COMMIT if commit else ABORT, pid, epoch, now_ms).placed(self.end))
        self.producers.setdefault(pid, Producer(epoch)).epoch = epoch
        first = self.open.pop(pid, None)
        if first is not None and not commit:
            self.aborted.append((pid, first, last))

    def readable(self, *, committed: bool) -> int:
        """The offset up to which a reader is given records."""
        return self.stable() if committed else self.end

    def fetch(self, offset: int, most: int, *, committed: bool) -> tuple[int, list[Any], bytes]:
        """What a reader at an offset is given.

        Returns:
            Kafka's error code, the aborted transactions among it, the batches.
        """
        if not self.start <= offset <= self.end:
            return OffsetOutOfRangeError.errno, [], b""
        found, size, until = list[bytes](), 0, offset
        for batch in self._from(offset, self.readable(committed=committed)):
            if found and size + len(batch.data) > most:
                found.append(batch.data[: most - size])  # brokers cut where the bytes end
                break
            found.append(batch.data)
            size, until = size + len(batch.data), batch.last + 1
        return NoError.errno, self._aborted(offset, until) if committed else [], b"".join(found)

    def _from(self, offset: int, until: int) -> Iterator[Batch]:
        low, high = 0, len(self.batches)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.batches[middle].last < offset else (low, middle)
        for at in range(low, len(self.batches)):
            if self.batches[at].base >= until:
                return
            yield self.batches[at]

    def _aborted(self, offset: int, until: int) -> list[tuple[int, int]]:
        return [(pid, first) for pid, first, last in self.aborted
                if first < until and last >= offset]  # fmt: skip

    def drop_before(self, offset: int) -> None:
        """Keep nothing before an offset, as retention or `DeleteRecords` do."""
        self.start = max(self.start, offset)
        self.batches = [batch for batch in self.batches if batch.last >= self.start]

    def compact(self) -> None:
        """Keep the last committed record of each key, and what is not stable yet."""
        lost, stable = self._lost(), self.stable()
        rows = [(one.key, one.offset) for batch in self.batches for one in batch.records
                if batch.last < stable and not lost(batch)]  # fmt: skip
        kept = set(dict(rows).values())
        done = [
            batch if batch.last >= stable or batch.attributes & CONTROL else batch.without(kept)
            for batch in self.batches
        ]
        self.batches = [batch for batch in done if batch is not None]

    def _lost(self) -> Any:
        return lambda batch: any(
            pid == batch.pid and first <= batch.base < last for pid, first, last in self.aborted
        )

    def records(self) -> list[Any]:
        """All committed records that are kept, as aiokafka parses them."""
        lost, stable = self._lost(), self.stable()
        kept = [batch for batch in self.batches if batch.last < stable and not lost(batch)]
        return [one for batch in kept for one in batch.records if one.offset >= self.start]
