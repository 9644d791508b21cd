"""Two libraries that we do not use, as witnesses in both directions: joserfc and rfc8785."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from contracts.encoding import MAX_INTEGER, b64u, canonical, unb64u
from contracts.envelope.limits import SLIP
from contracts.keys.directory import SigningKey
from contracts.keys.jose import open_jwe, sign_jws, verify_jws
from tests.contracts.envelope import kit

PRIVATE = kit.realm().signers["edu-s"]
PUBLIC = kit.realm().directory.signing["edu-s-s1"]


def okp(crv: str, public: bytes, private: bytes | None = None) -> OKPKey:
    """A key as joserfc wants it."""
    key: dict[str, Any] = {"kty": "OKP", "crv": crv, "x": b64u(public)}
    return OKPKey.import_key(key | ({"d": b64u(private)} if private else {}))


def test_joserfc_verifies_what_we_sign() -> None:
    """Cover and slip, by the standard's own reading."""
    issued = kit.sample_issue()
    key = okp("Ed25519", PUBLIC.public)

    for token in (issued.cover, *issued.slips):
        found = jws.deserialize_compact(token, key, algorithms=["Ed25519"])
        assert found.headers()["kid"] == "edu-s-s1"
        assert json.loads(found.payload)["iss"] == issued.claims.iss


def test_we_verify_what_joserfc_signs() -> None:
    """A foreign issuer's token, if its header and payload are canonical."""
    claims = {"iat": kit.NOW, "iss": "urn:relais:civil:desk:edu-s"}
    raw = PRIVATE._private.private_bytes_raw()
    header = {"alg": "Ed25519", "kid": "edu-s-s1", "typ": SLIP}

    token = jws.serialize_compact(
        header, canonical(claims), okp("Ed25519", PUBLIC.public, raw), algorithms=["Ed25519"]
    )

    found, key = verify_jws(token, SLIP, {"edu-s-s1": PUBLIC}, at=None, place="t", limit=1000)
    assert (found, key) == (claims, PUBLIC)
    assert token == sign_jws(claims, SLIP, PRIVATE)


def test_joserfc_opens_what_we_seal() -> None:
    """Every part of an event, with the desk's own key."""
    issued = kit.sample_issue()

    for token in issued.parts:
        kid = orjson.loads(unb64u(token.split(".")[0]))["kid"]
        raw = kit.sealing(kid)
        key = okp("X25519", raw.public_key().public_bytes_raw(), raw.private_bytes_raw())
        registry = jwe.JWERegistry(
            algorithms=["ECDH-ES+A256KW", "A256GCM"], strict_check_header=False
        )
        found = jwe.decrypt_compact(token, key, registry=registry)
        assert json.loads(found.plaintext or b"")["evt"] == issued.claims.jti


def test_we_open_what_joserfc_seals() -> None:
    """A foreign issuer's JWE, by the same KDF and key wrap."""
    private = kit.sealing("crip-p30-2026w48")
    public = private.public_key().public_bytes_raw()
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}

    token = jwe.encrypt_compact(
        header, b"plaintext", okp("X25519", public), algorithms=["ECDH-ES+A256KW", "A256GCM"]
    )

    epk = unb64u(orjson.loads(unb64u(token.split(".")[0]))["epk"]["x"])
    assert open_jwe(token, private, epk) == b"plaintext"


@pytest.mark.parametrize("part", range(3))
def test_joserfc_refuses_what_we_refuse(part: int) -> None:
    """The same altered token, refused by both."""
    pieces = kit.sample_issue().cover.split(".")
    pieces[part] = pieces[part][:20] + ("A" if pieces[part][20] != "A" else "B") + pieces[part][21:]
    token = ".".join(pieces)

    with pytest.raises((JoseError, ValueError)):
        jws.deserialize_compact(token, okp("Ed25519", PUBLIC.public), algorithms=["Ed25519"])
    keys: dict[str, SigningKey] = {"edu-s-s1": PUBLIC}
    with pytest.raises(Exception, match="cover"):
        verify_jws(token, "referral-cover+jwt", keys, at=None, place="cover", limit=10_000)


ASCII = st.text(st.characters(max_codepoint=127), max_size=8)
PROFILE = st.recursive(
    st.booleans() | st.integers(0, MAX_INTEGER) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ASCII, inner, max_size=4),
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(ASCII, PROFILE))
def test_canonical_equals_rfc8785(value: dict[str, Any]) -> None:
    """On our profile, orjson with sorted keys is the JSON Canonicalization Scheme."""
    assert canonical(value) == rfc8785.dumps(value)
