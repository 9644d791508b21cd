"""Reading what aiokafka cannot: record headers whose *name* is not UTF-8.

Kafka's brokers take any bytes as a header's name. aiokafka decodes names strictly and raises from
the middle of a batch, for ever, at the same place: one such record in an outbox would stop routing.
`install` puts a second reading behind the first: a batch that does not decode is parsed again by
aiokafka's parser in Python, over bytes that replace what is no UTF-8 as Kafka's Java client does.
Values of headers stay bytes.

A private reach into aiokafka (pinned below 0.15); the other is in `writing/transactions.py`. A test
on Kafka writes such a record: `tests/simulation/test_contract_reading.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


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
    """A record batch that is parsed a second time if the first reading raises."""

    def __init__(self, batch: Any, data: memoryview) -> None:
        self._batch = batch
        self._bytes = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except UnicodeDecodeError:
            batch = _DefaultRecordBatchPy(self._bytes)
            batch._maybe_uncompress()  # noqa: SLF001  (see the module's docstring)
            batch._buffer = _Replacing(batch._buffer)  # noqa: SLF001
            return iter(list(batch))


class _Replacing(bytearray):
    """Bytes whose text is decoded with replacements, whatever is asked for."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _Replacing(found) if isinstance(at, slice) else found

    def decode(self, *_: object) -> str:
        """The text of them all."""
        return super().decode("utf-8", "replace")
