"""The encodings that everything else is made of (`envelope.md`, Encodings).

`C(x)` canonical JSON, `b64u` canonical base64url, `D(token)`, `P(part)`, event ids, derived secrets.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts.errors import EnvelopeError

MAX_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 16  # of JSON that we parse; checked before parsing
_B64U: Final = re.compile(r"[A-Za-z0-9_-]*\Z")
_STRUCTURE: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def b64u(data: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64u(text: str, place: str = "") -> bytes:
    """Decode *canonical* base64url: encoding the result gives the same text.

    Raises:
        EnvelopeError: `base64_not_canonical`.
    """
    if not _B64U.match(text) or len(text) % 4 == 1:
        raise EnvelopeError("base64_not_canonical", "other characters", "base64url", place)
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64u(data) != text:
        raise EnvelopeError("base64_not_canonical", "trailing bits", "canonical text", place)
    return data


def canonical(value: Any) -> bytes:
    """`C(x)`: UTF-8 JSON without spaces, keys sorted (equals RFC 8785 on our profile).

    The profile allows strings, booleans, arrays, objects with ASCII keys and integers from 0 to
    2^53-1; the caller keeps to it (closed schemas do), `parse` enforces it on what arrives.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def depth(data: bytes) -> int:
    """Deepest nesting of arrays and objects in JSON text, without parsing it."""
    deepest = level = 0
    for match in _STRUCTURE.finditer(data):
        mark = match.group()
        if mark in (b"{", b"["):
            level += 1
            deepest = max(deepest, level)
        elif mark in (b"}", b"]"):
            level -= 1
    return deepest


def parse_json(data: bytes, *, limit: int, place: str = "") -> Any:
    """Parse JSON from outside after the limits: size, depth; then values of the profile only.

    Duplicate keys are not seen here (the last wins): callers that need canonical text use `parse`,
    which re-encodes and so finds them.

    Raises:
        EnvelopeError: `too_large`, `too_deep`, `not_json`, `value_not_allowed`.
    """
    if len(data) > limit:
        raise EnvelopeError("too_large", f"{len(data)} bytes", f"at most {limit}", place)
    if depth(data) > MAX_DEPTH:
        raise EnvelopeError("too_deep", "deeper nesting", f"at most {MAX_DEPTH} levels", place)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise EnvelopeError("not_json", "text that does not parse", "UTF-8 JSON", place) from None
    _check_profile(value, place)
    return value


def parse(data: bytes, *, limit: int, place: str = "") -> dict[str, Any]:
    """Parse a canonical JSON object: `data == C(parse(data))`.

    Raises:
        EnvelopeError: those of `parse_json`, `not_an_object`, `not_canonical`.
    """
    value = parse_json(data, limit=limit, place=place)
    if not isinstance(value, dict):
        raise EnvelopeError("not_an_object", type(value).__name__, "an object", place)
    if canonical(value) != data:
        raise EnvelopeError("not_canonical", "other bytes", "canonical JSON", place)
    return value


def _check_profile(value: Any, place: str) -> None:
    if isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if not 0 <= value <= MAX_INTEGER:
            raise EnvelopeError("value_not_allowed", "a number", "0 to 2^53-1", place)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not key.isascii():
                raise EnvelopeError("value_not_allowed", "a key", "ASCII keys", place)
            _check_profile(item, place)
    elif isinstance(value, list):
        for item in value:
            _check_profile(item, place)
    else:
        raise EnvelopeError("value_not_allowed", type(value).__name__, "no null, no fraction", place)


def sha256(data: bytes) -> bytes:
    """SHA-256 (FIPS 180-4)."""
    return hashlib.sha256(data).digest()


def digest(token: str | bytes) -> str:
    """`D(token)` = b64u(SHA-256(ASCII(token))); of bytes, the same of those bytes."""
    return b64u(sha256(token.encode("ascii") if isinstance(token, str) else token))


def part_digest(head: str, rest_hash: bytes) -> str:
    """`P(part)` from its first segment and SHA-256 of all after the first dot."""
    return b64u(sha256(sha256(head.encode("ascii")) + rest_hash))


def leaf_hash(record: bytes) -> str:
    """RFC 6962 leaf of a decision record: b64u(SHA-256(0x00 || record))."""
    return b64u(sha256(b"\x00" + record))


def framed(*fields: str | bytes) -> bytes:
    """Length-prefixed concatenation, so that no two lists of fields give the same bytes."""
    out = bytearray()
    for field in fields:
        data = field.encode() if isinstance(field, str) else field
        out += len(data).to_bytes(4, "big") + data
    return bytes(out)


def mac(secret: bytes, *fields: str | bytes) -> bytes:
    """HMAC-SHA-256 over the framed fields."""
    return hmac.new(secret, framed(*fields), hashlib.sha256).digest()


def derive(secret: bytes, label: str, *fields: str | bytes, length: int = 32) -> bytes:
    """HKDF-SHA-256 (RFC 5869) with its own label; `fields` are framed into the info."""
    info = framed("relais", label, *fields)
    return HKDF(SHA256(), length, salt=None, info=info).derive(secret)


def partition_of(routing_secret: bytes, realm: str, token: str, partitions: int) -> int:
    """The partition of a case: first 32 bits of a keyed hash of its token, modulo N."""
    first = mac(derive(routing_secret, "partition", realm), token)[:4]
    return int.from_bytes(first, "big") % partitions


def event_id(at_ms: int, random: bytes) -> str:
    """A UUIDv7 (RFC 9562 section 5.7) from a time in milliseconds and 10 random bytes."""
    value = (at_ms & (2**48 - 1)) << 80 | int.from_bytes(random[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
