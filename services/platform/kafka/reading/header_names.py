"""Reading what aiokafka cannot: record headers whose *name* is not UTF-8.

Kafka's brokers take any bytes as a header's name. aiokafka decodes names strictly and raises from
the middle of a batch, for ever, at the same place: one such record in an outbox would stop routing.
`install` puts a second reading behind the first: a batch that does not decode is parsed again
here, with undecodable names replaced as Kafka's Java client does. Values of headers stay bytes.

A private reach into aiokafka (pinned below 0.15); the other is in `writing/transactions.py`. A test
on Kafka
writes such a record: `tests/simulation/test_contract_reading.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import (
    _DefaultRecordBatchPy,
    _DefaultRecordPy,
)
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import decode_varint


def install() -> None:
    """Make every consumer of this process tolerant. May be called again."""
    fetcher.MemoryRecords = TolerantRecords


class TolerantRecords:
    """The batches of one fetched partition."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._records = MemoryRecords(data)
        self._position = 0

    def size_in_bytes(self) -> int:
        """Size of the fetched data."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Whether a whole batch is left."""
        return bool(self._records.has_next())

    def next_batch(self) -> Any:
        """The next batch; record batches of format 2 are wrapped."""
        start = self._position
        batch = self._records.next_batch()
        length = int.from_bytes(self._data[start + 8 : start + 12], "big")
        self._position = start + 12 + length
        if not hasattr(batch, "is_control_batch") or batch.is_control_batch:
            return batch
        return TolerantBatch(batch, self._data[start : self._position])


class TolerantBatch:
    """A record batch that is parsed a second time if the first reading raises."""

    def __init__(self, batch: Any, data: bytes) -> None:
        self._batch = batch
        self._bytes = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except UnicodeDecodeError:
            return _replacing(self._bytes)


def _replacing(data: bytes) -> Iterator[Any]:
    """The records of a batch (Kafka's record format 2), undecodable names replaced."""
    batch = _DefaultRecordBatchPy(data)
    batch._maybe_uncompress()  # noqa: SLF001  (see the module's docstring)
    buffer, pos = batch._buffer, batch._pos  # noqa: SLF001
    for _ in range(batch._num_records):  # noqa: SLF001
        length, start = decode_varint(buffer, pos)
        yield _record(batch, buffer, start)
        pos = start + length


def _record(batch: _DefaultRecordBatchPy, buffer: bytearray, pos: int) -> Any:
    _, pos = decode_varint(buffer, pos)  # attributes: none are defined
    delta, pos = decode_varint(buffer, pos)
    offset_delta, pos = decode_varint(buffer, pos)
    key, pos = _bytes_at(buffer, pos)
    value, pos = _bytes_at(buffer, pos)
    count, pos = decode_varint(buffer, pos)
    headers: list[tuple[str, bytes | None]] = []
    for _ in range(count):
        name, pos = _bytes_at(buffer, pos)
        content, pos = _bytes_at(buffer, pos)
        headers.append(((name or b"").decode("utf-8", "replace"), content))
    appended = batch.timestamp_type == batch.LOG_APPEND_TIME
    stamp = batch.max_timestamp if appended else batch.first_timestamp + delta
    return _DefaultRecordPy(
        batch.base_offset + offset_delta, stamp, batch.timestamp_type, key, value, headers
    )


def _bytes_at(buffer: bytearray, pos: int) -> tuple[bytes | None, int]:
    size, pos = decode_varint(buffer, pos)
    if size < 0:
        return None, pos
    return bytes(buffer[pos : pos + size]), pos + size
