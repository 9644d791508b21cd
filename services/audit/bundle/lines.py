"""A record of a topic as a line of JSON, with all that Kafka has of it (bundle §2)."""

from __future__ import annotations

from base64 import b64encode
from binascii import a2b_base64
from typing import Any, Final

import orjson

from contracts.encoding import canonical
from contracts.envelope.wire import Inbound

_MEMBERS: Final = {"at", "headers", "key", "offset", "value"}
_OFFSETS: Final = 1 << 63  # Kafka's are lower
_STAMPS: Final = 1000 << 37  # milliseconds: what is later no calendar tells


def line_of(record: Inbound) -> bytes:
    """A record's line; topic and partition are said by the file that it stands in."""
    row = {
        "at": record.timestamp_ms,
        "headers": [[name, _text(value)] for name, value in record.headers],
        "key": _text(record.key),
        "offset": record.offset,
        "value": _text(record.value),
    }
    return canonical(row) + b"\n"


def record_of(line: bytes, topic: str, partition: int) -> Inbound:
    """The record that a line says.

    Raises:
        ValueError, TypeError: a line of another form.
    """
    row: Any = orjson.loads(line)
    if not isinstance(row, dict) or row.keys() != _MEMBERS:
        raise ValueError("another form")
    headers = tuple((_name(name), _bytes(value)) for name, value in row["headers"])
    key, value = _bytes(row["key"]), _bytes(row["value"])
    offset, stamp = _number(row["offset"], _OFFSETS), _number(row["at"], _STAMPS)
    return Inbound(topic, partition, offset, key, value, headers, stamp)


def _text(data: bytes | None) -> str | None:
    return None if data is None else b64encode(data).decode()


def _bytes(text: Any) -> bytes | None:
    return None if text is None else a2b_base64(text, strict_mode=True)


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError("no name")
    return name


def _number(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value < most:
        raise ValueError("no number")
    return value
