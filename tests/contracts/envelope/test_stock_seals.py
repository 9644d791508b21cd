"""Parts that stock JOSE seals: accepted at every step, and no more than they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OKPKey

from contracts.encoding import b64u, canonical, part_digest, sha256, unb64u
from contracts.envelope.part import padded, read_head
from contracts.envelope.verify import event_from_evidence
from contracts.errors import EnvelopeError
from tests.contracts.envelope import kit
from tests.contracts.envelope.forge import route
from tests.contracts.envelope.inbox import inner, own_part, read, under_receipt
from tests.contracts.envelope.refusal import refused
from tests.contracts.envelope.test_router_parts import with_part

HEADER: dict[str, Any] = orjson.loads(unb64u(own_part().split(".")[0]))


def compact(value: Any) -> bytes:
    """JSON without spaces, members as they stand."""
    return json.dumps(value, separators=(",", ":")).encode()


def sealed_by_joserfc() -> str:
    """The part of `own_part`, sealed by a library that is not ours."""
    key = kit.realm().directory.encryption["crip-p30-2026m11"]
    plaintext = padded(inner())
    header = {name: value for name, value in HEADER.items() if name != "epk"}
    header |= {"pth": b64u(sha256(plaintext))}
    stock = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": b64u(key.public)})
    registry = jwe.JWERegistry(algorithms=["ECDH-ES+A256KW", "A256GCM"], strict_check_header=False)
    return jwe.encrypt_compact(header, plaintext, stock, registry=registry)


def headed(data: bytes) -> str:
    """A part whose first segment is these bytes: what an issuer without scruples would publish."""
    return f"{b64u(data)}.{own_part().partition('.')[2]}"


def test_what_joserfc_seals_is_not_canonical() -> None:
    """Otherwise the tests below would show nothing."""
    head = unb64u(sealed_by_joserfc().split(".")[0])

    assert canonical(orjson.loads(head)) != head


def test_router_and_auditor_take_what_joserfc_seals() -> None:
    """The very bytes are what is listed, forwarded and kept."""
    token = sealed_by_joserfc()

    event = route(with_part(token).inbound()).event

    (head,) = event.heads
    first, _, rest = token.partition(".")
    assert (head.head, head.digest) == (first, part_digest(first, sha256(rest.encode())))
    kept = [{"head": head.head, "rest": head.rest}]
    assert event_from_evidence(event.token, kept, kit.realm().directory) == event


def test_a_recipient_opens_what_joserfc_seals() -> None:
    """By the same delivery and the same checks."""
    assert read(under_receipt(sealed_by_joserfc())).bodies == {"FACTS": {"text": "x"}}


@settings(max_examples=50)
@given(st.permutations(sorted(HEADER)), st.permutations(["crv", "kty", "x"]))
def test_members_stand_in_any_order(names: list[str], inner_names: list[str]) -> None:
    """Every order says the same; the digest is each one's own."""
    own = HEADER | {"epk": {name: HEADER["epk"][name] for name in inner_names}}
    data = compact({name: own[name] for name in names})

    head, header = read_head(b64u(data), bytes(32), "part")

    straight, expected = read_head(b64u(canonical(HEADER)), bytes(32), "part")
    assert header == expected
    assert (head.digest == straight.digest) == (data == canonical(HEADER))


LAST = {name: HEADER[name] for name in sorted(HEADER, reverse=True)}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (lambda: compact(LAST)[:-1] + b',"kid":"pol-p30-2026m11"}', "duplicate_key"),
        (lambda: compact(LAST).replace(b'"epk":{', b'"epk":{"x":"' + b"A" * 43 + b'",'),
        "duplicate_key"),
        (lambda: compact(LAST | {"zip": "DEF"}), "wrong_header_keys"),
        (lambda: compact(LAST | {"jwk": {"kty": "OKP"}}), "wrong_header_keys"),
        (lambda: compact(LAST | {"crit": ["x"], "x": 1}), "wrong_header_keys"),
        (lambda: compact({k: v for k, v in LAST.items() if k != "pth"}), "wrong_header_keys"),
        (lambda: compact(LAST | {"epk": LAST["epk"] | {"d": "A" * 43}}), "wrong_epk"),
        (lambda: compact(LAST | {"alg": "dir"}), "wrong_alg"),
        (lambda: compact(LAST | {"cat": "FACTS.gossip"}), "unknown_scope"),
        (lambda: compact(LAST).replace(b",", b", "), "not_compact"),
        (lambda: compact(LAST) + b"\n", "not_compact"),
        (lambda: compact(LAST).replace(b"json", b"\\u006ason"), "not_compact"),
        (lambda: compact([LAST]), "not_an_object"),
        (lambda: compact(LAST)[:-1], "not_json"),
        (lambda: b"\xff" + compact(LAST), "not_json"),
        (lambda: compact(LAST | {"kid": None}), "value_not_allowed"),
        (lambda: b"[" * 40 + b"]" * 40, "too_deep"),
        (lambda: compact(LAST | {"kid": "x" * 2000}), "too_large"),
    ],
)  # fmt: skip
def test_what_no_stock_library_seals(data: Callable[[], bytes], code: str) -> None:
    """A name twice, a further member, spaces, escapes, huge: refused by router and reader."""
    token = headed(data())

    with refused(code):
        route(with_part(token).inbound())
    with refused(code):
        read(under_receipt(token))


def test_a_respelt_header_is_refused() -> None:
    """Trailing bits that decoders ignore: base64url stays canonical."""
    token = next(one for one in map(headed, _growing()) if len(one.partition(".")[0]) % 4)
    head, _, rest = token.partition(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    respelt = head[:-1] + alphabet[alphabet.index(head[-1]) + 1]

    with refused("base64_not_canonical"):
        route(with_part(f"{respelt}.{rest}").inbound())


def _growing() -> list[bytes]:
    return [compact(LAST | {"kid": "crip-p30-2026m11" + "x" * more}) for more in range(3)]


def test_a_header_reordered_on_the_way_is_another_part() -> None:
    """Who reorders members of a published part has made one that the cover does not list."""
    issued = kit.wire(kit.sample_issue())
    head, _, rest = issued.parts[0].partition(".")
    other = f"{b64u(compact(dict(reversed(orjson.loads(unb64u(head)).items()))))}.{rest}"

    with refused("part_missing"):
        route(replace(issued, parts=(other, *issued.parts[1:])).inbound())


@settings(max_examples=100)
@given(st.binary(max_size=300) | st.text(max_size=100).map(compact))
def test_no_header_breaks_the_reader(data: bytes) -> None:
    """Any bytes at all end in an error with a code."""
    with pytest.raises(EnvelopeError) as caught:
        read_head(b64u(data), bytes(32), "part")

    assert caught.value.code
