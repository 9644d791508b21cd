"""The encodings under attack: spellings, nesting, keys twice, numbers, times to parse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.encoding import (
    MAX_DEPTH,
    MAX_INTEGER,
    b64u,
    canonical,
    framed,
    parse,
    parse_json,
    unb64u,
)
from contracts.errors import EnvelopeError
from tests.contracts.envelope.refusal import refused
from tests.steps import counted

MEGABYTE = 1 << 20
FILE: Final = Path(__file__).parents[2] / "docs/specification/vectors/encodings.json"
VECTORS: Final = json.loads(FILE.read_bytes())


@given(st.binary(max_size=100), st.text(max_size=12))
def test_base64url_has_one_spelling_and_goes_both_ways(data: bytes, text: str) -> None:
    """Decoding gives the bytes; what decodes at all encodes to the same text."""
    assert unb64u(b64u(data)) == data
    try:
        read = unb64u(text)
    except EnvelopeError:
        return
    assert b64u(read) == text


@pytest.mark.parametrize(
    "text", [*VECTORS["base64url_refused"], "AA==", "A A", "/w", "é", "\udc80", "AAAAA", "A."]
)
def test_other_spellings(text: str) -> None:
    """Wrong lengths, trailing bits, padding, whitespace, the other alphabet, other letters."""
    with pytest.raises(EnvelopeError):
        unb64u(text)


@pytest.mark.parametrize(("opens", "closes"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_depth_is_exact(opens: bytes, closes: bytes) -> None:
    """The limit and one more, arrays and objects; brackets in strings do not count."""
    innermost = orjson.dumps("[" * 50 + '\\"{')
    parse_json(opens * MAX_DEPTH + innermost + closes * MAX_DEPTH, limit=MEGABYTE)
    with refused("too_deep"):
        parse_json(opens * 17 + b"1" + closes * 17, limit=MEGABYTE)


@pytest.mark.parametrize(
    "text",
    [
        b"[" * MEGABYTE,
        b"]" * MEGABYTE,
        b"[]" * (MEGABYTE // 2),
        b"[" * (MEGABYTE // 2) + b"]" * (MEGABYTE // 2),
        b'"' * MEGABYTE,
        b'"' + b'\\"' * (MEGABYTE // 2),
        b'["' + b"\\" * MEGABYTE + b"[" * 20,
        b"[[]" * (MEGABYTE // 3),
        b'{"":' * (MEGABYTE // 4),
        b'["a",' * 20 + b'"' + b"x" * MEGABYTE,
    ],
)
def test_no_text_takes_many_steps(text: bytes) -> None:
    """A megabyte of anything is judged in linear time, and never by recursion."""
    with counted() as steps, pytest.raises(EnvelopeError):
        parse(text, limit=2 * MEGABYTE)

    assert steps.number < 500  # not one a byte


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"a":{"b":1,"b":2}}', "duplicate_key"),
        (b'{"a":1,"\\u0061":2}', "duplicate_key"),
        (b'{"a":01}', "not_json"),
        (b'{"a":-0}', "not_canonical"),
        (b'{"a":1e2}', "value_not_allowed"),
        (b'{"a":1.0}', "value_not_allowed"),
        (b'{"a":[null]}', "value_not_allowed"),
        (b'{"a":9007199254740992}', "value_not_allowed"),
        (b'{"a":99999999999999999999999}', "value_not_allowed"),
        (b'{"\xc3\xa9":1}', "value_not_allowed"),
        (b'{"a":"\\/"}', "not_canonical"),
        (b'{"a":"\\ud800"}', "not_json"),
        (b'{"a":"\xff"}', "not_json"),
        (b'\xef\xbb\xbf{"a":1}', "not_json"),
        (b"[1]", "not_an_object"),
        (b'"a"', "not_an_object"),
        (b"NaN", "not_json"),
        (b"", "not_json"),
    ],
)
def test_what_is_not_canonical(text: bytes, code: str) -> None:
    """One spelling of a value, one code a cause."""
    with refused(code):
        parse(text, limit=1000)


@pytest.mark.parametrize("text", VECTORS["canonical_refused"])
def test_what_the_specification_refuses_is_refused(text: str) -> None:
    """By our reader too: white space, order, `null`, fractions, numbers, escapes, other keys."""
    with pytest.raises(EnvelopeError):
        parse(text.encode(), limit=1000)


def test_size_comes_first() -> None:
    """Over the limit nothing is parsed, and the error tells sizes only."""
    with refused("too_large") as caught:
        parse_json(b"secret" * 100, limit=10, place="here")

    assert caught.value.describe() == "too_large at here: got 600 bytes, expected at most 10"


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_framing_is_injective(one: list[str], two: list[str]) -> None:
    """No two lists of fields give the same bytes."""
    assert (framed(*one) == framed(*two)) is (one == two)


ASCII = st.text(st.characters(max_codepoint=127), max_size=8)
PROFILE = st.recursive(
    st.booleans() | st.integers(0, MAX_INTEGER) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ASCII, inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.slow
@settings(max_examples=50)
@given(st.dictionaries(ASCII, PROFILE, max_size=4))
def test_canonical_equals_rfc8785(value: dict[str, Any]) -> None:
    """On our profile, orjson with sorted keys is the JSON Canonicalization Scheme, and parses."""
    value |= {"": [True, False, 0, MAX_INTEGER, "é \u2028\x7f\U0001f600"]}
    assert canonical(value) == rfc8785.dumps(value)
    assert parse(canonical(value), limit=MEGABYTE) == value
