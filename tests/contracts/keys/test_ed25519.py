"""Signatures on the border: which verify does not depend on the library behind `verifies`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from contracts.encoding import unb64u
from contracts.keys import verification
from contracts.keys.ed25519 import verifies
from contracts.keys.refused_points import SMALL_ORDER_ED25519, is_fit_ed25519
from contracts.keys.verification import ES256, read_public
from tests.contracts.keys.curve import (
    BASE,
    ORDER,
    SMALL_POINTS,
    Point,
    add,
    challenge,
    made,
    times,
)

FOLDER: Final = Path(__file__).parents[3] / "docs/specification/vectors"
VECTORS: Final = json.loads((FOLDER / "signatures.json").read_bytes())["signatures"]
P256: Final = json.loads((FOLDER / "es256.json").read_bytes())
Library = Callable[[bytes, bytes, bytes], bool]
SCALARS = st.integers(1, ORDER - 1)


def openssl(public: bytes, message: bytes, signature: bytes) -> bool:
    """What OpenSSL says."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def libsodium(public: bytes, message: bytes, signature: bytes) -> bool:
    """What libsodium says."""
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


def told(library: Library, public: bytes, message: bytes, signature: bytes) -> bool:
    """What keys §1.3 says, beside what a library says of the equation."""
    r = signature[:32]
    return (
        len(signature) == 64
        and is_fit_ed25519(public)
        and r not in SMALL_ORDER_ED25519
        and library(public, message, signature)
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["why"])
def test_the_vectors(vector: dict[str, Any]) -> None:
    """Each as the file says."""
    public, signature = unb64u(vector["x"]), unb64u(vector["signature"])
    message = bytes.fromhex(vector["message_hex"])

    assert verifies(public, message, signature) == vector["verifies"]
    for library in (openssl, libsodium):
        assert told(library, public, message, signature) == vector["verifies"]


@pytest.mark.parametrize("vector", P256["signatures"], ids=lambda one: one["why"])
def test_the_vectors_on_p_256(vector: dict[str, Any]) -> None:
    """Of two spellings of S one verifies."""
    public = read_public(ES256, P256["key"]["x"], P256["key"]["y"])
    message, signature = bytes.fromhex(vector["message_hex"]), unb64u(vector["signature"])

    assert verification.verifies(ES256, public, message, signature) == vector["verifies"]


@pytest.mark.slow
@settings(max_examples=20)
@given(
    secret=SCALARS, nonce=SCALARS, small=st.booleans(),
    shift=st.sampled_from(SMALL_POINTS), torsion=st.sampled_from(SMALL_POINTS),
    message=st.binary(max_size=40),
)  # fmt: skip
def test_one_set_of_signatures(
    secret: int, nonce: int, small: bool, shift: Point, torsion: Point, message: bytes
) -> None:
    """Keys and R of every mixture of orders, with the S that only the holder can make."""
    nonce = 0 if small else nonce
    r = add(times(nonce, BASE), torsion)
    public, signature = made(secret, shift, nonce, r, message)
    scalar = int.from_bytes(signature[32:], "little")
    answer = challenge(signature[:32], public, message)
    holds = add(r, times(answer % (8 * ORDER), shift)) == times(nonce, BASE)

    found = verifies(public, message, signature)

    assert found == (holds and not small)
    for library in (openssl, libsodium):
        assert found == told(library, public, message, signature)
    assert not verifies(public, message, signature[:32] + (scalar + ORDER).to_bytes(32, "little"))
