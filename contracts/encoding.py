"""The encodings that everything else is made of (envelope §2).

`C(x)` canonical JSON, `b64u` canonical base64url, `D(token)`, `P(part)`, event ids, derived
secrets.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from unicodedata import normalize

import orjson

from contracts.errors import EnvelopeError

MAX_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 16  # of JSON that we take
_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# What the last character may be, by length modulo 4: the bits beyond the last byte must be zero.
_TAILS: Final = {1: "", 2: "AQgw", 3: "AEIMQUYcgkosw048"}
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")


def b64u(data: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    text = binascii.b2a_base64(data, newline=False)
    return text.translate(_TO_URL, b"=").decode("ascii")


def unb64u(text: str, place: str = "") -> bytes:
    """Decode *canonical* base64url: encoding the result gives the same text.

    Raises:
        EnvelopeError: `base64_not_canonical`.
    """
    return unb64u_checked(segments(text, 1, place)[0])


def unb64u_checked(text: str) -> bytes:
    """Decode base64url that `segments` has found canonical."""
    # What padding is too much is not read.
    return binascii.a2b_base64(f"{text}===".encode("ascii").translate(_FROM_URL))


def segments(token: str, count: int, place: str = "") -> list[str]:
    """Split a compact token into exactly `count` segments of canonical base64url (RFC 7515).

    Looks at the alphabet, at the dots and at each segment's last character; decodes nothing, so
    that a router pays little for ciphertext that it cannot read.

    Raises:
        EnvelopeError: `base64_not_canonical`, `wrong_segments`.
    """
    rest = token.encode("utf-8", "replace").translate(None, _ALPHABET)  # leaves the dots
    if rest.strip(b"."):
        raise EnvelopeError("base64_not_canonical", "other characters", "base64url", place)
    if len(rest) != count - 1:
        raise EnvelopeError("wrong_segments", str(len(rest) + 1), str(count), place)
    parts = token.split(".")
    for segment in parts:
        odd = len(segment) % 4
        if odd and segment[-1] not in _TAILS[odd]:
            raise EnvelopeError("base64_not_canonical", "trailing bits", "canonical text", place)
    return parts


def canonical(value: Any) -> bytes:
    """`C(x)`: UTF-8 JSON without spaces, keys sorted (equals RFC 8785 on our profile).

    The profile allows strings, booleans, arrays, objects with ASCII keys and integers from 0 to
    2^53-1; the caller keeps to it (closed schemas do), `parse` enforces it on what arrives.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def parse_json(data: bytes, *, limit: int, place: str = "") -> Any:
    """Parse JSON from outside: size first, then values of the profile, not too deep.

    The parser stops by itself (`not_json`) at a thousand levels.

    Duplicate keys are not seen here (the last wins): callers that need canonical text use `parse`,
    which re-encodes and so finds them.

    Raises:
        EnvelopeError: `too_large`, `too_deep`, `not_json`, `value_not_allowed`.
    """
    if len(data) > limit:
        raise EnvelopeError("too_large", f"{len(data)} bytes", f"at most {limit}", place)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise EnvelopeError("not_json", "text that does not parse", "UTF-8 JSON", place) from None
    _check_profile(value, place, MAX_DEPTH)
    return value


def json_object(data: bytes | None) -> dict[str, Any]:
    """The members of JSON that nobody asked for; none of what is no object."""
    try:
        members = orjson.loads(data or b"")
    except orjson.JSONDecodeError:
        return {}
    return members if isinstance(members, dict) else {}


def parse(data: bytes, *, limit: int, place: str = "") -> dict[str, Any]:
    """Parse a canonical JSON object: `data == C(parse(data))`.

    Raises:
        EnvelopeError: those of `parse_json`, `not_an_object`, `duplicate_key`, `not_canonical`.
    """
    value = parse_json(data, limit=limit, place=place)
    if not isinstance(value, dict):
        raise EnvelopeError("not_an_object", type(value).__name__, "an object", place)
    if canonical(value) != data:
        if repeats_a_key(data, value):
            raise EnvelopeError("duplicate_key", "a key twice", "each key once", place)
        raise EnvelopeError("not_canonical", "other bytes", "canonical JSON", place)
    return value


def repeats_a_key(data: bytes, value: Any) -> bool:
    """Whether an object of JSON text names a key twice: outside strings stands a colon a member.

    Args:
        value: what the text was parsed to, which keeps one of the two.
    """
    members = _around_strings(orjson.dumps(value)).count(b":")
    return _around_strings(data).count(b":") != members


def _around_strings(data: bytes) -> bytes:
    """JSON text without its strings; their quotes go too."""
    if b"\\" in data:  # first escaped backslashes go, then escaped quotes
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(data.split(b'"')[::2])


def _check_profile(value: Any, place: str, levels: int) -> None:
    """Refuse what the profile does not have, and more levels of arrays and objects."""
    kind = type(value)
    if kind is str or kind is bool:
        return
    if kind is int:
        if not 0 <= value <= MAX_INTEGER:
            raise EnvelopeError("value_not_allowed", "a number", "0 to 2^53-1", place)
    elif not levels and kind in (dict, list):
        raise EnvelopeError("too_deep", "deeper nesting", f"at most {MAX_DEPTH} levels", place)
    elif kind is dict:
        for key, item in value.items():
            if not key.isascii():
                raise EnvelopeError("value_not_allowed", "a key", "ASCII keys", place)
            if type(item) is not str:
                _check_profile(item, place, levels - 1)
    elif kind is list:
        for item in value:
            if type(item) is not str:
                _check_profile(item, place, levels - 1)
    else:
        raise EnvelopeError(
            "value_not_allowed", kind.__name__, "no null, fraction or larger number", place
        )


def sha256(data: bytes) -> bytes:
    """SHA-256 (FIPS 180-4)."""
    return hashlib.sha256(data).digest()


def digest(token: str | bytes) -> str:
    """`D(token)` = b64u(SHA-256(ASCII(token))); of bytes, the same of those bytes."""
    return b64u(sha256(token.encode() if isinstance(token, str) else token))


def part_digest(head: str, rest_hash: bytes) -> str:
    """`P(part)` from its first segment and SHA-256 of all after the first dot."""
    inner = hashlib.sha256(head.encode("ascii")).digest()
    return b64u(hashlib.sha256(inner + rest_hash).digest())


def leaf_hash(record: bytes) -> str:
    """RFC 6962 leaf of a decision record: b64u(SHA-256(0x00 || record))."""
    return b64u(sha256(b"\x00" + record))


def framed(*fields: str | bytes) -> bytes:
    """Length-prefixed concatenation, so that no two lists of fields give the same bytes."""
    given = [field.encode() if isinstance(field, str) else field for field in fields]
    return b"".join([len(data).to_bytes(4, "big") + data for data in given])


def mac(secret: bytes, *fields: str | bytes) -> bytes:
    """HMAC-SHA-256 over the framed fields."""
    return hmac.digest(secret, framed(*fields), "sha256")


def derive(secret: bytes, label: str, *fields: str | bytes, length: int = 32) -> bytes:
    """HKDF-SHA-256 (RFC 5869) with its own label; `fields` are framed into the info.

    One block of it, which is all that we ever need: extract with the empty salt, expand once. On
    the routing path three of these an event cost a tenth of the general one; a test holds the two
    against each other.

    Args:
        length: bytes wanted, at most 32.
    """
    info = framed("relais", label, *fields) + b"\x01"
    return hmac.digest(_extracted(secret), info, "sha256")[:length]


@lru_cache(maxsize=4)  # one event derives several values from one salt
def _extracted(secret: bytes) -> bytes:
    return hmac.digest(bytes(32), secret, "sha256")


@lru_cache(maxsize=32)
def realm_key(secret: bytes, label: str, realm: str) -> bytes:
    """The key of a realm for one use, derived once."""
    return derive(secret, label, realm)


def partition_of(routing_secret: bytes, realm: str, token: str, partitions: int) -> int:
    """The partition of a case: first 32 bits of a keyed hash of its token, modulo N."""
    first = mac(realm_key(routing_secret, "partition", realm), token)[:4]
    return int.from_bytes(first, "big") % partitions


def case_token(agency_secret: bytes, realm: str, desk: str, reference: str) -> str:
    """`sub`: the pseudonym of a case, from the agency's secret and its local reference.

    Args:
        desk: urn of the desk whose reference it is.
        reference: the agency's own case number, or a case token of the other realm.
    """
    own = normalize("NFC", reference)  # as one keyboard composes it or another
    return b64u(mac(realm_key(agency_secret, "case", realm), realm, desk, own))


@lru_cache(maxsize=4096)
def rfc3339(at: int) -> str:
    """An instant in seconds since 1970 as text in UTC (RFC 3339), whole seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def event_id(at_ms: int, random: bytes) -> str:
    """A UUIDv7 (RFC 9562 section 5.7) from a time in milliseconds and 10 random bytes."""
    value = (at_ms & (2**48 - 1)) << 80 | int.from_bytes(random[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
