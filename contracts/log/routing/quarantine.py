"""What quarantine keeps of an input, byte for byte, and how it is taken back when it is released.

The record of quarantine has the input's value; its key, headers and place stand beside it as
headers, but for those that an agency writes for itself alone. The log knows the hash of the value
and trusts nothing else that lies there: key and headers are checked again, as those of any input.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from io import BytesIO
from typing import Final

import orjson

from contracts.encoding import b64u, canonical, sha256
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import LogError
from contracts.vocabulary import topics

HEADERS: Final = "fields"
AGENCYS_OWN: Final = frozenset({"idem", "unsent", "own"})  # of an outbox: envelope §6.6
_SEVEN: Final = 0x7F
Fields = tuple[tuple[str, bytes | None], ...]


def put_aside(realm: str, record: Inbound, leaf: str, code: str) -> Outbound:
    """The raw input for the quarantine topic, its value byte for byte.

    Args:
        leaf: of the record that says so.
        code: why.
    """
    kept: list[tuple[str, bytes]] = [
        ("code", code.encode()),
        ("source", canonical({"topic": record.topic, "offset": record.offset})),
        ("null", b"1" if record.value is None else b"0"),
    ]
    if record.key is not None:
        kept.append(("key", base64.b64encode(record.key)))
    if headers := [(name, value) for name, value in record.headers if name not in AGENCYS_OWN]:
        kept.append((HEADERS, _packed(headers)))
    return Outbound(
        topics.quarantine(realm), record.partition, leaf.encode(), record.value or b"", kept
    )


def taken_back(kept: Inbound) -> Inbound:
    """The input as it was read, from a record of quarantine.

    Raises:
        LogError: `bytes_altered`: nothing that `put_aside` has written.
    """
    beside = {name: value or b"" for name, value in kept.headers}
    try:
        source = orjson.loads(beside["source"])
        topic, offset = source["topic"], source["offset"]
        key = base64.b64decode(beside["key"], validate=True) if "key" in beside else None
        headers = _unpacked(beside[HEADERS]) if HEADERS in beside else ()
    except (KeyError, TypeError, ValueError, IndexError):
        raise LogError("bytes_altered", "another form", "a record of quarantine") from None
    if not isinstance(topic, str) or not isinstance(offset, int):
        raise LogError("bytes_altered", "another place", "a topic and an offset")
    value = None if beside.get("null") == b"1" else kept.value or b""
    return Inbound(topic, kept.partition, offset, key, value, headers, kept.timestamp_ms)


def _packed(headers: Iterable[tuple[str, bytes | None]]) -> bytes:
    """Lengths and bytes, as Kafka itself packs them: never larger than what came.

    A header name that is no UTF-8 was made printable by the reader; values are exact.
    """
    out = bytearray()
    for name, value in headers:
        text = name.encode("utf-8", "surrogatepass")
        out += _length(len(text)) + text
        out += _length(0) if value is None else _length(len(value) + 1) + value
    return bytes(out)


def _length(number: int) -> bytes:
    """A number in groups of seven bits, the lowest first."""
    out = bytearray()
    while number > _SEVEN:
        out.append(number & _SEVEN | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _unpacked(data: bytes) -> Fields:
    fields: list[tuple[str, bytes | None]] = []
    rest = BytesIO(data)
    while rest.tell() < len(data):
        name = _read(rest, _read_length(rest)).decode("utf-8", "surrogatepass")
        size = _read_length(rest)
        fields.append((name, _read(rest, size - 1) if size else None))
    return tuple(fields)


def _read_length(rest: BytesIO) -> int:
    number = 0
    for shift in range(0, 5 * 7, 7):
        byte = rest.read(1)[0]
        number |= (byte & _SEVEN) << shift
        if byte <= _SEVEN:
            return number
    raise ValueError


def _read(rest: BytesIO, size: int) -> bytes:
    value = rest.read(size)
    if len(value) < size:
        raise ValueError
    return value


def checked_back(kept: Inbound, sha: str) -> Inbound:
    """The input that an order releases, if these are the bytes that came.

    Args:
        sha: b64u(SHA-256(value)) as the log has it.

    Raises:
        LogError: `bytes_altered`.
    """
    if not is_of(kept, sha):
        raise LogError("bytes_altered", "another hash", "the log's")
    return taken_back(kept)


def is_of(kept: Inbound, sha: str) -> bool:
    """Whether a record of quarantine has the bytes that the log knows by this hash."""
    return b64u(sha256(kept.value or b"")) == sha
