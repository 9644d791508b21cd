"""Request bodies: every limit before parsing, and nothing ambiguous afterwards."""

from collections.abc import AsyncIterator

import pytest

from services.agency.http.json_body import MAX_BODY, parse_body, read_body
from services.platform.http.problems import ProblemError

JSON = {"content-type": "application/json"}
MARKER = "Zoé-canary"


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    """A body as it streams in."""
    for part in parts:
        yield part


def code_of(data: bytes) -> tuple[int, str]:
    """Status and code of a refused body, which is not repeated."""
    with pytest.raises(ProblemError) as caught:
        parse_body(data)
    assert MARKER not in str(caught.value.document())
    return caught.value.status, caught.value.code


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"[1]", (400, "not_an_object")),
        (b'{"a":1,"a":2}', (400, "duplicate_key")),
        (
            b'{"a":{"' + MARKER.encode() + b'":1,"' + MARKER.encode() + b'":1}}',
            (422, "value_not_allowed"),
        ),
        (b'{"a":null}', (422, "null_not_allowed")),
        (b'{"a":1.5}', (422, "value_not_allowed")),
        (b'{"a":' + b"9" * 400 + b"}", (400, "not_json")),
        (b'{"a":"\\ud800"}', (400, "not_json")),
        (b'{"a":' * 17 + b"1" + b"}" * 17, (400, "too_deep")),
        (b"[" * 100_000 + b"]" * 100_000, (400, "too_deep")),
        (b'"' + b"x" * MAX_BODY + b'"', (413, "too_large")),
        (b"", (400, "not_json")),
    ],
)
def test_a_hostile_body_is_a_clear_error(data: bytes, expected: tuple[int, str]) -> None:
    """Each kind of bad body has its own code, and none is repeated in the answer."""
    assert code_of(data) == expected


def test_what_is_no_json_is_told_by_its_look() -> None:
    """Each is another thing to do for whoever wrote it."""
    looks = {
        b" \n": "nothing", b"\xef\xbb\xbf{}": "byte order mark", b"\xff\xfe{": "byte order mark",
        b'{"a": "Zo\xe9"}': "Latin-1", b"{ 'a': 1}": "single quotes", b"hello": "not parse",
    }  # fmt: skip
    for data, got in looks.items():
        with pytest.raises(ProblemError, match="not_json") as caught:
            parse_body(data)
        assert got in caught.value.got


def test_a_nested_duplicate_key_is_seen() -> None:
    """A key given twice anywhere is refused: two readers could read two things."""
    assert code_of(b'{"a":[{"b":1,"b":1}]}') == (400, "duplicate_key")


async def test_a_declared_length_is_believed_before_reading() -> None:
    """A body that says it is too large is not read at all."""
    seen: list[bytes] = []

    async def noted() -> AsyncIterator[bytes]:
        seen.append(b"x")
        yield b"x"

    with pytest.raises(ProblemError) as caught:
        await read_body({**JSON, "content-length": str(MAX_BODY + 1)}, noted())
    assert caught.value.status == 413
    assert seen == []


async def test_a_body_that_grows_is_cut_off() -> None:
    """Without a length, reading ends as soon as the limit is passed."""
    with pytest.raises(ProblemError) as caught:
        await read_body(JSON, chunks(b"x" * MAX_BODY, b"x", b"x" * 10))
    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"content-type": "text/plain"}, 415),
        ({**JSON, "content-encoding": "gzip"}, 415),
        ({**JSON, "content-length": "-1"}, 400),
        ({**JSON, "content-length": "9" * 500}, 413),
    ],
)
async def test_another_media_type_is_refused(headers: dict[str, str], status: int) -> None:
    """Only plain JSON is taken, and lengths are numbers."""
    with pytest.raises(ProblemError) as caught:
        await read_body(headers, chunks(b"{}"))
    assert caught.value.status == status
