"""Reading what brokers take and aiokafka does not.

A header's *name* may be any bytes, of a record's byte of attributes nothing is said, and of a
length's bits those above 32 are dropped. aiokafka raises from the middle of a batch, for ever, at
the same place, or takes an offset that lies outside its batch: one such record in an outbox would
stop routing. `install` puts a second reading behind the first, as Kafka's Java client reads.
Values of headers stay bytes.

A private reach into aiokafka (pinned below 0.15); the other is in `writing/transactions.py`. A test
on Kafka writes such records: `tests/simulation/test_contract_reading.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy
from aiokafka.record.util import decode_varint_py


def install() -> None:
    """Make every consumer of this process tolerant. May be called again."""
    fetcher.MemoryRecords = TolerantRecords


class TolerantRecords(_MemoryRecordsPy):  # type: ignore[misc]  # aiokafka ships no types
    """The batches of one fetched partition."""

    def next_batch(self) -> Any:
        """The next batch; record batches of format 2 are wrapped."""
        data, batch = self._next_slice, super().next_batch()
        if not hasattr(batch, "is_control_batch") or batch.is_control_batch:
            return batch
        return TolerantBatch(batch, data)


class TolerantBatch:
    """A record batch that is parsed a second time if the first reading fails."""

    def __init__(self, batch: Any, data: memoryview) -> None:
        self._batch = batch
        self._bytes = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        places = range(self._batch.base_offset, self._batch.next_offset)
        with suppress(UnicodeDecodeError, CorruptRecordException):
            records = list(self._batch)
            if len(records) < len(places) or [one.offset for one in records] == [*places]:
                return iter(records)  # of a batch that was compacted the broker has written each
        return iter(_AsJava(self._bytes))


class _AsJava(_DefaultRecordBatchPy):  # type: ignore[misc]
    _buffer: bytearray

    def __iter__(self) -> Any:
        super().__iter__()
        self._buffer = _Replacing(self._buffer)
        return self

    def _read_msg(self, _decode_varint: Any = None) -> Any:
        self._buffer[decode_varint_py(self._buffer, self._pos)[1]] = 0  # the attributes
        record, place = super()._read_msg(_int32), self.base_offset + self._next_record_index
        is_whole = self._num_records == self.last_offset_delta + 1
        return replace(record, offset=place) if is_whole else record


def _int32(buffer: bytearray, pos: int) -> tuple[int, int]:
    """A number and the place behind it; aiokafka folds the sign into the lowest bit."""
    value, pos = decode_varint_py(buffer, pos)
    folded = (value << 1 ^ value >> 63) & 0xFFFFFFFF
    return folded >> 1 ^ -(folded & 1), pos


class _Replacing(bytearray):
    """Bytes whose text is decoded with replacements, whatever is asked for."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _Replacing(found) if isinstance(at, slice) else found

    def decode(self, *_: object) -> str:
        """The text of them all."""
        return super().decode("utf-8", "replace")
