"""What a router refuses of a cover: key, header, signature, schema (steps 3 to 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contracts.encoding import b64u, canonical, digest
from tests.contracts.envelope import kit
from tests.contracts.envelope.forge import both, route, spoil
from tests.contracts.envelope.refusal import refused

# 3 to 5. key, header, signature


def forged(header: dict[str, Any], claims: dict[str, Any], signature: bytes | None = None) -> str:
    """A JWS with any header, signed with EDU-S's real key unless a signature is given."""
    text = f"{b64u(canonical(header))}.{b64u(canonical(claims))}"
    own = kit.realm().signers["edu-s"]
    return f"{text}.{b64u(own.sign(text.encode()) if signature is None else signature)}"


GOOD = {"alg": "Ed25519", "kid": "edu-s-s1", "typ": "referral-cover+jwt"}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (GOOD | {"alg": "none"}, "wrong_alg"),
        (GOOD | {"alg": "EdDSA"}, "wrong_alg"),
        (GOOD | {"alg": "HS256"}, "wrong_alg"),
        (GOOD | {"alg": "ed25519"}, "wrong_alg"),
        (GOOD | {"alg": {}}, "wrong_alg"),
        (GOOD | {"typ": "JWT"}, "wrong_typ"),
        (GOOD | {"typ": "referral-slip+jwt"}, "wrong_typ"),
        (GOOD | {"kid": "nobody"}, "unknown_key"),
        (GOOD | {"kid": ["edu-s-s1"]}, "unknown_key"),
        (GOOD | {"crit": ["x"], "x": True}, "wrong_header_keys"),
        (GOOD | {"b64": False}, "wrong_header_keys"),
        (GOOD | {"jwk": {"kty": "OKP"}}, "wrong_header_keys"),
        (GOOD | {"jku": "https://example.org"}, "wrong_header_keys"),
        (GOOD | {"x5c": []}, "wrong_header_keys"),
        (GOOD | {"zip": "DEF"}, "wrong_header_keys"),
        ({"alg": "Ed25519", "kid": "edu-s-s1"}, "wrong_header_keys"),
        ({"alg": "Ed25519", "typ": "referral-cover+jwt"}, "unknown_key"),
    ],
)
def test_hostile_cover_header(header: dict[str, Any], code: str) -> None:
    """Everything that a header could drive is refused, though the signature is good."""
    issued = kit.wire(kit.sample_issue())
    cover = forged(header, kit.sample_issue().claims.wire())

    with refused(code):
        route(replace(issued, cover=cover).inbound())


@pytest.mark.parametrize("signature", [b"", b"\x00" * 64, b"\x01" * 63, b"\x01" * 65])
def test_no_or_other_signature(signature: bytes) -> None:
    """An empty, zero, short or long signature."""
    issued = kit.wire(kit.sample_issue())
    cover = forged(GOOD, kit.sample_issue().claims.wire(), signature)

    with refused("bad_signature"):
        route(replace(issued, cover=cover).inbound())


def test_key_of_the_other_realm() -> None:
    """The police's criminal key does not exist in the civil directory."""
    issued = kit.sample_issue("pol", to=[kit.sample_recipient("crip", ("FACTS",))])
    other = kit.signer(kit.realm("criminal").urn("pol"), "pol-s2")
    hostile = kit.reissue(issued, lambda claims: None, by=other)

    with refused("unknown_key"):
        route(hostile.inbound())


@pytest.mark.parametrize("shift", [-500 * kit.DAY, 900 * kit.DAY])
def test_key_before_and_after_its_validity(shift: int) -> None:
    """A key that is not yet or no longer valid at `iat`."""

    def move(claims: dict[str, Any]) -> None:
        claims["iat"] += shift
        claims["exp"] += shift

    with refused("key_not_valid"):
        route(kit.reissue(kit.sample_issue(), move).inbound(), now=kit.NOW + shift)


def test_a_cover_without_iat() -> None:
    """No instant, no validity."""
    issued = kit.wire(kit.sample_issue())
    with refused("no_iat"):
        route(replace(issued, cover=forged(GOOD, {"iss": "x"})).inbound())


# 6. closed schema and shape


@pytest.mark.parametrize(
    "change",
    [
        spoil("extra", "x"),
        spoil("jti", "not an id"),
        spoil("sub", "short"),
        spoil("final", "yes"),
        spoil("exp", str(kit.NOW)),
        spoil("aud", "urn:relais:civil:desk:crip"),
        spoil("convd", "x"),
        spoil("phase", "middle"),
        spoil("declared", {"informed": {"parents": "informed"}}),
        spoil("declared", {"surprise": True}),
        both("desk", "crip"),
        both("name", "Jean Dupont"),
        spoil("attempt", False),
        spoil("ends", []),
        spoil("left_out", []),
        both("re", []),
        both("parts", []),
    ],
)
def test_a_cover_outside_the_closed_schema(change: Callable[[dict[str, Any]], None]) -> None:
    """Unknown, missing, mistyped claims; the error repeats none of them."""
    hostile = kit.reissue(kit.sample_issue(), change)

    with refused("cover_malformed") as caught:
        route(kit.inbound(kit.sample_issue(), value=hostile.value(), key=b"x"))

    assert "Dupont" not in caught.value.describe()
    assert "surprise" not in caught.value.describe()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda claims: claims["to"].append(dict(claims["to"][0])), "desk_twice"),
        (lambda claims: claims["to"][0].pop("purpose"), "purpose_missing"),
        (lambda claims: claims["to"][0]["parts"].reverse(), "parts_not_sorted"),
        (spoil("to", []), "no_addressee"),
        (spoil("declared", {}), "nothing_declared"),
        (spoil("attempt", True), "attempt_malformed"),
        (
            lambda claims: claims["to"][0].update(
                re=[{"iss": "urn:relais:criminal:desk:pol", "jti": claims["jti"]}]
            ),
            "wrong_realm",
        ),
        (lambda claims: claims.update(exp=claims["iat"] + 8 * kit.DAY), "wrong_lifetime"),
        (spoil("exp", kit.NOW), "wrong_lifetime"),
        (spoil("stage", "received"), "stage_malformed"),
        (spoil("linked", {"peer": "A" * 43, "date": "2026-11-01"}), "linked_malformed"),
        (spoil("etype", "LINK"), "addressee_not_allowed"),
        (spoil("etype", "ACK"), "stage_malformed"),
        (spoil("decided_on", "2026-02-30"), "not_a_date"),
        (spoil("decided_on", "2026-09-01"), "fact_out_of_bounds"),
        (spoil("received_on", "2026-11-27"), "fact_out_of_bounds"),
        (spoil("due", "2028-01-01"), "fact_out_of_bounds"),
        (spoil("ends_on", "2030-01-01"), "fact_out_of_bounds"),
        (spoil("realm", "criminal"), "wrong_realm"),
        (
            spoil("declared", {"call": {"to": "police_17", "at": kit.NOW + 999, "ref": "A" * 22}}),
            "call_after_event",
        ),
    ],
)
def test_claims_that_contradict_one_another(
    change: Callable[[dict[str, Any]], object], code: str
) -> None:
    """Each contradiction has its own code, and the issuer can be told: the cover verified."""
    hostile = kit.reissue(kit.sample_issue(), change)
    sound = kit.inbound(kit.sample_issue())

    with refused(code) as caught:
        route(replace(sound, value=hostile.value(), key=digest(hostile.cover).encode()))

    assert getattr(caught.value, "cover", None) is not None
    assert getattr(caught.value, "cover_token", None) == hostile.cover
