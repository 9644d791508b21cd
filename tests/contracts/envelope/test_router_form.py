"""What a router refuses by form alone, before any key (steps 1 and 2 of `verify_published`)."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from contracts.encoding import unb64u
from contracts.envelope.model import project
from contracts.vocabulary.topics import MAX_EVENT_BYTES
from tests.contracts.envelope import kit
from tests.contracts.envelope.forge import route
from tests.contracts.envelope.refusal import refused


def test_the_slip_is_the_projection_of_the_cover() -> None:
    """A desk's slip names no other desk, and of `declared` only what it may know."""
    issued = kit.three_addressees()

    for addressee, slip in zip(issued.claims.to, issued.slips, strict=True):
        claims = orjson.loads(unb64u(slip.split(".")[1]))
        assert claims == project(issued.claims, addressee)
        assert "to" not in claims
        assert "declared" not in claims
        others = {one.desk for one in issued.claims.to} - {addressee.desk}
        assert not any(other.encode() in unb64u(slip.split(".")[1]) for other in others)


# 1. sizes before parsing, a value, headers


def test_null_value() -> None:
    """A tombstone in an outbox is an error, not a crash."""
    with refused("null_value"):
        route(kit.inbound(kit.sample_issue(), value=None))


def test_null_key() -> None:
    """A record without a key."""
    with refused("wrong_key"):
        route(kit.inbound(kit.sample_issue(), key=None))


def test_oversized_value_is_not_parsed() -> None:
    """Garbage over the limit is refused by its size alone."""
    with refused("too_large") as caught:
        route(kit.inbound(kit.sample_issue(), value=b"\xff" * (MAX_EVENT_BYTES + 1)))
    assert caught.value.place == "value"


def test_oversized_part() -> None:
    """A single part over 256 KiB."""
    issued = kit.wire(kit.sample_issue())
    with refused("too_large") as caught:
        route(replace(issued, parts=("A" * (256 * 1024 + 1),)).inbound())
    assert caught.value.place == "parts[0]"


def test_oversized_cover() -> None:
    """A token over its own limit, though the value is not."""
    issued = kit.wire(kit.sample_issue())
    with refused("too_large") as caught:
        route(replace(issued, cover="A" * 200_000).inbound())
    assert caught.value.place == "cover"


@pytest.mark.parametrize("name", ["slips", "parts"])
def test_too_many_tokens(name: str) -> None:
    """Lists over 16 and 64 are refused before any is read."""
    issued = kit.wire(kit.sample_issue())
    with refused("too_many"):
        route(issued.having(**{name: ("x",) * 65}).inbound())


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ((), "wrong_content_type"),
        ((("content-type", b"text/plain"),), "wrong_content_type"),
        ((("content-type", b"application/cloudevents+json"),) * 2, "wrong_content_type"),
        ((("content-type", b"\xff\xfe"),), "header_not_utf8"),
        ((("other\udcff", b"x"),), "header_not_utf8"),
        ((("content-type", None),), "null_header"),
        ((("a", b""),) * 17, "too_many_headers"),
        ((("a", b"x" * 5000),), "headers_too_large"),
    ],
)
def test_hostile_headers(headers: tuple[tuple[str, bytes | None], ...], code: str) -> None:
    """Headers that are absent, twice, not text, null, many or large."""
    with refused(code):
        route(kit.inbound(kit.sample_issue(), headers=headers))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"null", "value_not_allowed"),
        (b"[]", "not_an_object"),
        (b'{"a":' * 17 + b"1" + b"}" * 17, "too_deep"),
        (b"[" * 500_000, "not_json"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"a": 1}', "not_canonical"),
        (b'{"b":1,"a":1}', "not_canonical"),
        (b'{"a":1.5}', "value_not_allowed"),
        (b'{"a":-1}', "value_not_allowed"),
        (b'{"a":9007199254740992}', "value_not_allowed"),
        (b'{"\xc3\xa9":1}', "value_not_allowed"),
        (b'{"a":1}', "wrong_event_keys"),
    ],
)
def test_hostile_json(value: bytes, code: str) -> None:
    """Text that is not canonical JSON on our profile, or nests, or is no CloudEvent."""
    with refused(code):
        route(kit.inbound(kit.sample_issue(), value=value))


def test_a_delivered_form_in_an_outbox() -> None:
    """A delivery, published again."""
    delivery = kit.deliver(route(kit.inbound(kit.sample_issue())), "crip")

    with refused("wrong_data"):
        route(kit.inbound(kit.sample_issue(), value=delivery.value))


# 2. canonical text


@pytest.mark.parametrize("which", ["cover", "slips", "parts"])
@pytest.mark.parametrize(
    ("suffix", "code"),
    [
        ("=", "base64_not_canonical"),
        ("\n", "base64_not_canonical"),
        ("é", "base64_not_canonical"),
        (".AA", "wrong_segments"),
    ],
)
def test_altered_tails(which: str, suffix: str, code: str) -> None:
    """Padding, whitespace, other letters or another segment after any token."""
    issued = kit.wire(kit.sample_issue())
    if which == "cover":
        hostile = replace(issued, cover=issued.cover + suffix)
        record = hostile.inbound(key=b"", value=hostile.value())
    else:
        tokens = getattr(issued, which)
        hostile = issued.having(**{which: (tokens[0] + suffix, *tokens[1:])})
        record = hostile.inbound()

    with refused(code):
        route(record)


def other_spelling(token: str) -> str:
    """The same bytes with other trailing bits: what lenient decoders accept."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


@pytest.mark.parametrize("which", ["cover", "slips", "parts"])
def test_non_canonical_base64url(which: str) -> None:
    """Trailing bits that decode to the same signature or tag."""
    issued = kit.wire(kit.sample_issue())
    if which == "cover":
        hostile = replace(issued, cover=other_spelling(issued.cover))
    else:
        tokens = getattr(issued, which)
        hostile = issued.having(**{which: (other_spelling(tokens[0]), *tokens[1:])})

    with refused("base64_not_canonical"):
        route(hostile.inbound())
