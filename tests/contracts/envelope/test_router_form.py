"""What a router refuses by form alone, before any key (steps 1 and 2 of `verify_published`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.encoding import unb64u
from contracts.envelope.model import project
from contracts.envelope.wire import Inbound
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


@pytest.mark.parametrize(
    ("record", "code", "place"),
    [
        (lambda: kit.inbound(kit.sample_issue(), value=None), "null_value", None),
        (lambda: kit.inbound(kit.sample_issue(), key=None), "wrong_key", None),
        (
            lambda: kit.inbound(kit.sample_issue(), value=b"\xff" * (MAX_EVENT_BYTES + 1)),
            "too_large",
            "value",
        ),
        (lambda: carrying(parts=("A" * (256 * 1024 + 1),)), "too_large", "parts[0]"),
        (lambda: carrying(cover="A" * 200_000), "too_large", "cover"),
    ],
    ids=["a tombstone", "no key", "garbage over the limit", "a part", "a cover"],
)
def test_nothing_and_too_much(record: Callable[[], Inbound], code: str, place: str | None) -> None:
    """An error by presence or size alone, before anything is parsed."""
    with refused(code, place):
        route(record())


def carrying(**changes: Any) -> Inbound:
    """The sample event with other tokens."""
    return replace(kit.wire(kit.sample_issue()), **changes).inbound()


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


def other_spelling(token: str) -> str:
    """The same bytes with other trailing bits: what lenient decoders accept."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


@pytest.mark.parametrize("which", ["cover", "slips", "parts"])
@pytest.mark.parametrize(
    ("altered", "code"),
    [
        (lambda token: token + "=", "base64_not_canonical"),
        (lambda token: token + "\n", "base64_not_canonical"),
        (lambda token: token + "é", "base64_not_canonical"),
        (lambda token: token + ".AA", "wrong_segments"),
        (other_spelling, "base64_not_canonical"),
    ],
)
def test_altered_tails(which: str, altered: Callable[[str], str], code: str) -> None:
    """Padding, whitespace, other letters, another segment or other bits at any token's end."""
    issued = kit.wire(kit.sample_issue())
    if which == "cover":
        hostile = replace(issued, cover=altered(issued.cover))
        record = hostile.inbound(key=b"", value=hostile.value())
    else:
        first, *others = getattr(issued, which)
        record = issued.having(**{which: (altered(first), *others)}).inbound()

    with refused(code):
        route(record)
