"""The two JOSE shapes on their own; the envelope's tests attack them in their places."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.encoding import b64u
from contracts.keys import jose
from contracts.keys.directory import SigningKey
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

KEYS: Mapping[str, SigningKey] = kit.realm().directory.signing
SIGNER = kit.realm().signers["crip"]


def test_a_token_verifies_at_its_own_instant_or_at_a_given_one() -> None:
    """Without `at`, the payload's `iat` counts; with it, the payload needs none."""
    dated = jose.sign_jws({"iat": kit.NOW}, "t", SIGNER)
    undated = jose.sign_jws({"x": "y"}, "t", SIGNER)

    def verify(token: str, at: int | None) -> None:
        jose.verify_jws(token, "t", KEYS, at=at, place="token", limit=1000)

    verify(dated, None)
    verify(undated, kit.NOW)
    with refused("no_iat"):
        verify(undated, None)
    with refused("key_not_valid"):
        verify(dated, 0)


def test_size_limits_come_before_everything() -> None:
    """One character too many is not looked at."""
    with refused("too_large"):
        jose.verify_jws("\xff" * 11, "t", KEYS, at=0, place="token", limit=10)


def test_a_header_over_its_limit() -> None:
    """Headers have a limit of their own."""
    token = jose.sign_jws({"iat": kit.NOW}, "t" * 2000, SIGNER)

    with refused("too_large") as caught:
        jose.verify_jws(token, "t", KEYS, at=None, place="token", limit=10_000)
    assert caught.value.place == "token.header"


def test_a_refused_header_is_refused_again() -> None:
    """Headers are parsed once and kept; a refusal is not remembered as a success."""
    token = jose.sign_jws({"iat": kit.NOW}, "t", SIGNER)
    spaced = b64u(b'{"alg": "Ed25519"}') + "." + token.partition(".")[2]

    for _ in range(2):
        with refused("not_canonical"):
            jose.verify_jws(spaced, "t", KEYS, at=None, place="token", limit=1000)


@pytest.mark.parametrize("size", [0, 1, 511, 512, 100_000])
def test_seal_and_open(size: int) -> None:
    """Any length comes back, by the right key only."""
    key = kit.realm().directory.sealing_key(kit.realm().urn("crip"), "P30", kit.NOW)
    private = kit.sealing(key.kid)
    random = kit.Seeded("jwe")
    token = jose.seal_jwe(b"x" * size, {"typ": "t"}, key, random)
    epk = X25519PrivateKey.from_private_bytes(kit.Seeded("jwe")(32)).public_key()

    assert jose.open_jwe(token, private, epk.public_bytes_raw()) == b"x" * size
    with refused("cannot_open"):
        jose.open_jwe(token, kit.sealing("another"), epk.public_bytes_raw())
