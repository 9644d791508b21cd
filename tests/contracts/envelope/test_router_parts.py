"""What a router refuses of parts (steps 14 and 15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.encoding import b64u, canonical, digest, part_digest, sha256, unb64u
from contracts.envelope.part import padded, seal_part
from contracts.keys.jose import seal_jwe
from tests.contracts.envelope import kit
from tests.contracts.envelope.forge import both, route
from tests.contracts.envelope.refusal import refused

SMALL = b"\x01" + bytes(31)  # an ephemeral key of order 4: the shared secret is known to all
SECOND = (2**255 - 10).to_bytes(32, "little")  # 9, the base point, in its second spelling

# 14, 15. parts


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda parts: parts[1:], "part_missing", None),
        (lambda parts: (), "part_missing", "cover.to[0].parts[0]"),
        (lambda parts: (*parts, kit.sample_issue(seed="other").parts[0]), "part_unlisted", "parts"),
        (lambda parts: (*parts, parts[0]), "part_twice", None),
    ],
    ids=["one missing", "all missing", "one more", "twice"],
)
def test_what_the_cover_lists_is_carried_once(
    change: Callable[[tuple[str, ...]], tuple[str, ...]], code: str, place: str | None
) -> None:
    """And nothing rides along; the issuer is told the first place at fault in a notice."""
    issued = kit.wire(kit.sample_issue())

    with refused(code, place):
        route(replace(issued, parts=change(issued.parts)).inbound())


def with_part(token: str, *, instead: bool = True, **issue: Any) -> kit.Wire:
    """An event whose issuer lists and carries a part of his own making."""
    issued = kit.sample_issue(**issue)
    kept = [] if instead else list(issued.parts)
    head, _, rest = token.partition(".")
    own = part_digest(head, sha256(rest.encode()))
    before = [] if instead else list(issued.claims.wire()["to"][0]["parts"])
    hostile = kit.reissue(issued, both("parts", sorted([own, *before])))
    return replace(hostile, parts=(token, *kept))


def part(**changes: Any) -> str:
    """A part for the CRIP in the sample event; `changes` replace what is sealed or named."""
    issued = kit.sample_issue()
    key = kit.realm().directory.sealing_key(
        kit.realm().urn(changes.pop("desk", "crip")), "P30", changes.pop("at", kit.NOW)
    )
    arguments = {"cat": "FACTS", "evt": issued.claims.jti, "iss": issued.claims.iss} | changes
    return seal_part({"text": "x"}, key=key, random=kit.Seeded("part"), **arguments)


def test_with_part_is_sound_where_the_part_is() -> None:
    """The forger's tool makes a sound event of a sound part."""
    assert route(with_part(part()).inbound()).event.heads[0].cat == "FACTS"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (lambda: part(evt=kit.sample_issue(seed="other").claims.jti), "part_of_other_event"),
        (lambda: part(iss="urn:relais:civil:desk:pol"), "part_of_other_issuer"),
        (lambda: part(desk="pol"), "part_for_other_desk"),
        (lambda: part(cat="FACTS.gossip"), "unknown_scope"),
        (lambda: part(at=kit.NOW + 21 * kit.DAY), "key_not_valid"),
    ],
)
def test_a_part_whose_head_does_not_match(token: Callable[[], str], code: str) -> None:
    """Of another event or issuer, for an unaddressed desk, of no scope, with a later week's key."""
    with refused(code):
        route(with_part(token()).inbound())


def test_two_parts_for_one_scope_and_desk() -> None:
    """Two truths for one desk."""
    with refused("two_parts"):
        route(with_part(part(), instead=False).inbound())


def header(**changes: Any) -> str:
    """A part for the CRIP whose header was made by hand."""
    issued = kit.sample_issue()
    key = kit.realm().directory.sealing_key(kit.realm().urn("crip"), "P30", kit.NOW)
    plaintext = padded({"body": {"text": "x"}, "cat": "FACTS", "evt": issued.claims.jti,
                        "iss": issued.claims.iss, "salt": b64u(bytes(16))})  # fmt: skip
    whole = {
        "aud": key.owner, "cat": "FACTS", "cty": "json", "evt": issued.claims.jti,
        "iss": issued.claims.iss, "pth": digest(plaintext), "typ": "referral-part+jwe",
    }  # fmt: skip
    token = seal_jwe(plaintext, whole, key, kit.Seeded("part"))
    head, _, rest = token.partition(".")
    made = orjson.loads(unb64u(head)) | changes
    return f"{b64u(canonical({k: v for k, v in made.items() if v is not None}))}.{rest}"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"alg": "ECDH-ES"}, "wrong_alg"),
        ({"alg": "RSA1_5"}, "wrong_alg"),
        ({"alg": "PBES2-HS256+A128KW"}, "wrong_alg"),
        ({"enc": "A128GCM"}, "wrong_enc"),
        ({"typ": "JWE"}, "wrong_typ"),
        ({"cty": "JWT"}, "wrong_cty"),
        ({"apu": "x"}, "wrong_header_keys"),
        ({"epk": {"crv": "P-256", "kty": "EC", "x": "A" * 43}}, "wrong_epk"),
        ({"epk": {"crv": "X25519", "kty": "OKP", "x": "A" * 42}}, "wrong_epk"),
        ({"epk": {"crv": "X25519", "kty": "OKP", "x": "A" * 42 + "B"}}, "wrong_epk"),
        ({"epk": 3}, "wrong_epk"),
        ({"epk": {"crv": "X25519", "kty": "OKP", "x": b64u(bytes(32))}}, "wrong_epk"),
        ({"epk": {"crv": "X25519", "kty": "OKP", "x": b64u(SMALL)}}, "wrong_epk"),
        ({"epk": {"crv": "X25519", "kty": "OKP", "x": b64u(SECOND)}}, "wrong_epk"),
        ({"pth": "x"}, "head_malformed"),
        ({"evt": 7}, "head_malformed"),
        ({"aud": ["urn:relais:civil:desk:crip"]}, "head_malformed"),
        ({"kid": "Ü"}, "head_malformed"),
        ({"cat": ["FACTS"]}, "unknown_scope"),
        ({"kid": "nobody"}, "unknown_key"),
        ({"kid": "pol-p30-2026m11"}, "key_of_other_desk"),
        ({"iss": "x" * 2000}, "too_large"),
    ],
)
def test_hostile_part_header(changes: dict[str, Any], code: str) -> None:
    """Each key of a part's header can be only what it should be."""
    with refused(code):
        route(with_part(header(**changes)).inbound())
