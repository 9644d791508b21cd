"""What a request holds: bodies with every limit before parsing, cursors that are ours alone."""

from collections.abc import AsyncIterator

import pytest

from contracts.encoding import b64u, canonical
from services.agency.http.json_body import MAX_BODY, parse_body, read_body
from services.agency.office.inbox import cursor
from services.platform.http.problems import ProblemError

JSON = {"content-type": "application/json"}
MARKER = "Zoé-canary"


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"[1]", 400, "not_an_object"),
        (b'{"a":1,"a":2}', 400, "duplicate_key"),
        (b'{"a":[{"b":1,"b":1}]}', 400, "duplicate_key"),
        (f'{{"a":{{"{MARKER}":1,"{MARKER}":1}}}}'.encode(), 422, "value_not_allowed"),
        (b'{"a":null}', 422, "null_not_allowed"),
        (b'{"a":1.5}', 422, "value_not_allowed"),
        (b'{"a":' + b"9" * 400 + b"}", 400, "not_json"),
        (b'{"a":"\\ud800"}', 400, "not_json"),
        (b'{"a":' * 17 + b"1" + b"}" * 17, 400, "too_deep"),
        (b"[" * 100_000 + b"]" * 100_000, 400, "not_json"),
        (b'"' + b"x" * MAX_BODY + b'"', 413, "too_large"),
        (b" \n", 400, "not_json"),
        (b"\xef\xbb\xbf{}", 400, "not_json"),
        (b"\xff\xfe{", 400, "not_json"),
        (b'{"a": "Zo\xe9"}', 400, "not_json"),
        (b"{ 'a': 1}", 400, "not_json"),
        (b"hello", 400, "not_json"),
    ],
)
def test_a_hostile_body_is_a_clear_error(data: bytes, status: int, code: str) -> None:
    """Each kind of bad body has its code, and none is repeated in the answer."""
    with pytest.raises(ProblemError) as caught:
        parse_body(data)

    assert MARKER not in str(caught.value.document())
    assert (caught.value.status, caught.value.code) == (status, code)


LENGTH = "content-length"


@pytest.mark.parametrize(
    ("headers", "size", "status", "most"),
    [
        ({}, 1, 415, 1),
        ({"content-type": "text/plain"}, 1, 415, 1),
        ({**JSON, "content-encoding": "gzip"}, 1, 415, 1),
        ({**JSON, LENGTH: "-1"}, 1, 400, 0),
        ({**JSON, LENGTH: "9" * 500}, 1, 413, 0),
        ({**JSON, LENGTH: str(MAX_BODY + 1)}, 1, 413, 0),
        (JSON, MAX_BODY // 2, 413, MAX_BODY // 2 * 3),
    ],
)
async def test_what_is_no_plain_json_or_too_long_is_refused(
    headers: dict[str, str], size: int, status: int, most: int
) -> None:
    """A declared length is believed; without one, reading ends as the limit is passed."""
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(10 if size > 1 else 1):
            read += size
            yield b"x" * size

    with pytest.raises(ProblemError) as caught:
        await read_body(headers, body())
    assert (caught.value.status, read) == (status, most)


SECRET = b"s" * 32
GOOD = cursor.write(SECRET, "pol", {("civil", 0): 7, ("civil", 5): 0, ("criminal", 3): 12})
BODY, _, MAC = GOOD.partition(".")


@pytest.mark.parametrize(
    ("secret", "desk", "text"),
    [
        (SECRET, "pol", GOOD[:-1] + ("A" if GOOD[-1] != "A" else "B")),
        (SECRET, "pol", "A" + GOOD[1:]),
        (SECRET, "pol", BODY),
        (SECRET, "pol", GOOD + ".x"),
        (SECRET, "pol", ""),
        (SECRET, "pol", "é.é"),
        (SECRET, "pol", b64u(canonical({"civil": {"0": 0}})) + "." + MAC),
        (SECRET, "crip", GOOD),
        (b"t" * 32, "pol", GOOD),
    ],
)
def test_a_changed_or_foreign_cursor_is_refused(secret: bytes, desk: str, text: str) -> None:
    """Whatever was altered, it is 400 and never read as an offset."""
    with pytest.raises(ProblemError, match="cursor_not_ours") as caught:
        cursor.read(secret, desk, text)
    assert caught.value.status == 400
