"""Signatures on the border: which verify does not depend on the library behind `verifies`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.encoding import unb64u
from contracts.keys.ed25519 import verifies
from contracts.keys.refused_points import SMALL_ORDER_ED25519, is_fit_ed25519
from tests.contracts.keys.curve import (
    BASE,
    IDENTITY,
    ORDER,
    SMALL_POINTS,
    Point,
    add,
    challenge,
    made,
    times,
)

FILE: Final = Path(__file__).parents[3] / "docs/specification/vectors/signatures.json"
VECTORS: Final = json.loads(FILE.read_bytes())["signatures"]
SCALARS = st.integers(1, ORDER - 1)


def openssl(public: bytes, message: bytes, signature: bytes) -> bool:
    """What OpenSSL says."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def told(public: bytes, message: bytes, signature: bytes) -> bool:
    """What keys §1.3 says, beside what the library says of the equation."""
    r = signature[:32]
    return (
        is_fit_ed25519(public)
        and r not in SMALL_ORDER_ED25519
        and openssl(public, message, signature)
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["why"])
def test_the_vectors(vector: dict[str, Any]) -> None:
    """Each as the file says."""
    message = bytes.fromhex(vector["message_hex"])

    found = verifies(unb64u(vector["x"]), message, unb64u(vector["signature"]))

    assert found == vector["verifies"]


def test_the_vectors_show_where_openssl_differs() -> None:
    """It takes R of every small order, and a key of small order: the file is not idle."""
    taken = [
        one["why"]
        for one in VECTORS
        if openssl(unb64u(one["x"]), bytes.fromhex(one["message_hex"]), unb64u(one["signature"]))
        and not one["verifies"]
    ]

    assert len([why for why in taken if why.startswith("R of order")]) == 8
    assert "a refused key: the equation holds" in taken


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
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
    assert found == told(public, message, signature)
    assert not verifies(public, message, signature[:32] + (scalar + ORDER).to_bytes(32, "little"))


def test_a_small_r_is_refused_whatever_the_library_says() -> None:
    """The equation holds for R the identity, and OpenSSL takes it."""
    public, signature = made(5, IDENTITY, 0, IDENTITY, b"anything")

    assert openssl(public, b"anything", signature)
    assert not verifies(public, b"anything", signature)
