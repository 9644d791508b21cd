"""Reading a request's JSON body: every limit before parsing, nothing ambiguous afterwards.

Order: declared length, media type, bytes as they stream in, nesting, JSON itself, values (no null,
no fraction: the bus has none), duplicate keys.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from contracts.encoding import parse_json, repeats_a_key
from contracts.errors import EnvelopeError
from services.platform.http.problems import ProblemError, problem_of

MAX_BODY: Final = 512 * 1024  # bytes: a photograph of 256 KiB in base64, and its record


async def read_body(
    headers: Mapping[str, str], stream: AsyncIterator[bytes], *, optional: bool = False
) -> bytes:
    """The body as bytes, refused as soon as it is known to be too large.

    Args:
        optional: an empty body is read as `{}`, whatever its type.
    """
    data = await bounded_body(headers, stream, MAX_BODY)
    if optional and not data:
        return b"{}"
    _check_media(headers)
    return data


async def bounded_body(
    headers: Mapping[str, str], stream: AsyncIterator[bytes], most: int
) -> bytes:
    """A body of any type, refused as soon as it is known to have more than `most` bytes."""
    declared = headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise ProblemError(400, "bad_length", "another text", "a number of bytes")
    if len(declared) > 12 or int(declared) > most:
        raise _too_large(most)
    data = bytearray()
    async for chunk in stream:
        data += chunk
        if len(data) > most:
            raise _too_large(most)
    return bytes(data)


def parse_body(data: bytes) -> dict[str, Any]:
    """The JSON object of a body."""
    try:
        value = parse_json(data, limit=MAX_BODY)
    except EnvelopeError as error:
        if error.got == type(None).__name__:  # where is not said: names of members are the sender's
            raise ProblemError(422, "null_not_allowed", "null", "the field left out") from None
        problem = problem_of(error)
        if problem.code == "not_json":
            problem.expected = "JSON: UTF-8 without a byte order mark, texts in double quotes"
        raise problem from None
    if not isinstance(value, dict):
        raise ProblemError(400, "not_an_object", type(value).__name__, "an object")
    if repeats_a_key(data, value):
        raise ProblemError(400, "duplicate_key", "a key twice", "each key once")
    return value


def _too_large(most: int) -> ProblemError:
    return ProblemError(413, "too_large", "a larger body", f"at most {most} bytes")


def _check_media(headers: Mapping[str, str]) -> None:
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise ProblemError(415, "media_type", "another type", "application/json")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(415, "content_encoding", "a coded body", "a plain one")
