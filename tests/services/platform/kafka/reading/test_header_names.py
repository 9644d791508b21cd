"""What brokers take is read, in its place, whatever it is: aiokafka alone would stop or jump."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from aiokafka.record.util import calc_crc32c

from services.platform.kafka.reading.header_names import TolerantRecords

BASE = 70
FIRST = b"\0\0\0"  # attributes, timestamp, offset delta: that of the batch's first record
KEY, VALUE, HEADER = b"\x02k", b"\x02v", b"\x02\x02h\x02x"


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (FIRST + KEY + VALUE + HEADER, "h"),
        (FIRST + KEY + VALUE + b"\x02\x02\xff\x02x", "\ufffd"),
        (b"\x80\0\0" + KEY + VALUE + HEADER, "h"),  # one byte of attributes
        (FIRST + b"\x82\x80\x80\x80\x70k" + VALUE + HEADER, "h"),  # bits above 32 are dropped
        (FIRST + KEY + b"\x82\x80\x80\x80\x10v" + HEADER, "h"),
        (FIRST + KEY + VALUE + b"\x82\x80\x80\x80\x40\x02h\x02x", "h"),
        (b"\0\0\x80\x80\x80\x80\x70" + KEY + VALUE + HEADER, "h"),
        (b"\0\0\x08" + KEY + VALUE + HEADER, "h"),  # four behind its place, says the record
    ],
)
def test_no_record_stops_who_reads_or_lets_him_jump(record: bytes, name: str) -> None:
    """As Kafka's own client reads it; and so what lies behind it."""
    read = [*_records(record, b"\0\0\x02" + KEY + VALUE + HEADER)]

    assert [one.offset for one in read] == [BASE, BASE + 1]
    assert {(one.key, one.value) for one in read} == {(b"k", b"v")}
    assert [one.headers for one in read] == [[(name, b"x")], [("h", b"x")]]


def _records(*records: bytes) -> Any:
    """What is read of a batch of these: a batch of format 2, as a broker hands it over."""
    rows = b"".join(bytes([len(one) << 1]) + one for one in records)
    count = len(records)
    body = struct.pack(">hiqqqhii", 8, count - 1, 0, 0, -1, -1, -1, count) + rows
    inner = struct.pack(">ibI", 0, 2, calc_crc32c(body)) + body
    batch = TolerantRecords(struct.pack(">qi", BASE, len(inner)) + inner).next_batch()
    assert batch.validate_crc()
    return batch
