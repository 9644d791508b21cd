"""Signatures on the border of what libraries agree on, made from the curve's own equations."""

from __future__ import annotations

from itertools import count
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from contracts.encoding import b64u
from contracts.keys import es256
from contracts.keys.jose import sign_jws
from contracts.keys.sealing_kinds import coordinates
from contracts.keys.signers import MemorySigner
from tests.contracts.keys.curve import (
    BASE,
    IDENTITY,
    ORDER,
    SMALL,
    SMALL_POINTS,
    P,
    Point,
    add,
    challenge,
    encoded,
    made,
    times,
)

SECRET: Final = 2026_11_24 << 128  # of a key that signs here alone
NONCE: Final = 7 << 200
_P256: Final = ec.derive_private_key(SECRET, ec.SECP256R1())


def signatures() -> dict[str, Any]:
    """keys §1.3: what verifies and what does not, whatever a library says."""
    message = b"a signature"
    public, plain = made(SECRET, IDENTITY, NONCE, times(NONCE, BASE), message)
    r, s = plain[:32], int.from_bytes(plain[32:], "little")
    _, mixed = made(SECRET, IDENTITY, NONCE, add(times(NONCE, BASE), SMALL), message)
    over = r + (s + ORDER).to_bytes(32, "little")
    rows = [
        _row("as RFC 8032 makes it", public, message, plain, verifies=True),
        _row("another message", public, b"another", plain),
        _row("S not below the group's order", public, message, over),
        _row("R and a point of small order: holds eightfold alone", public, message, mixed),
        _row("a byte less", public, message, plain[:-1]),
        _row("a byte more", public, message, plain + b"\x00"),
        *(_of_small_r(one) for one in SMALL_POINTS),
        *(_of_written_r(text) for text in (P + 1, 1 + 2**255)),
        _of_mixed_key(),
        *(_of_unfit_key(text) for text in (encoded(SMALL), (P + 1).to_bytes(32, "little"))),
    ]
    return {"sections": "keys §1.3, §3", "signatures": rows}


def of_p256() -> dict[str, Any]:
    """keys §1.3: which signatures by ES256 verify; and a JWS by one."""
    own = MemorySigner("crip-sig-2", "urn:relais:civil:desk:crip", _P256)
    message = b"a signature"
    made = own.sign(message)
    r, s = made[:32], int.from_bytes(made[32:], "big")
    rows = [
        ("as RFC 7518 makes it, S in the lower half", message, made, True),
        ("another message", b"another", made, False),
        ("the same with S in the upper half", message, r + _number(es256.ORDER - s), False),
        ("S not below the group's order", message, r + _number(es256.ORDER), False),
        ("S zero", message, r + bytes(32), False),
        ("R zero", message, bytes(32) + made[32:], False),
        ("R not below the group's order", message, _number(es256.ORDER) + made[32:], False),
        ("R and S exchanged", message, made[32:] + r, False),
        ("a byte less", message, made[:-1], False),
        ("a byte more", message, made + b"\x00", False),
    ]  # fmt: skip
    members = {"kty": "EC", "crv": "P-256", **coordinates(own.public)}
    return {
        "sections": "keys §1.3, §2.3; envelope §4.1",
        "key": {**members, "alg": own.alg, "kid": own.kid, "owner": own.owner},
        "signatures": [
            {
                "why": why, "message_hex": text.hex(), "signature": b64u(signature),
                "verifies": verifies,
            }
            for why, text, signature, verifies in rows
        ],
        "jws": sign_jws({"iat": 1_795_514_400}, "referral-slip+jwt", own),
    }  # fmt: skip


def _number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _row(
    why: str, public: bytes, message: bytes, signature: bytes, *, verifies: bool = False
) -> dict[str, Any]:
    return {
        "why": why, "x": b64u(public), "message_hex": message.hex(),
        "signature": b64u(signature), "verifies": verifies,
    }  # fmt: skip


def _of_small_r(r: Point) -> dict[str, Any]:
    """R of small order, under a key with a part of small order so that the equation holds."""
    order = next(number for number in (1, 2, 4, 8) if times(number, r) == IDENTITY)
    for number in count():
        message = b"small %d" % number
        public, signature = made(SECRET, SMALL, 0, r, message)
        answer = challenge(signature[:32], public, message)
        if add(r, times(answer % 8, SMALL)) == IDENTITY:
            return _row(f"R of order {order}: the equation holds", public, message, signature)
    raise AssertionError


def _of_written_r(text: int) -> dict[str, Any]:
    """The identity as R, in one of its other spellings."""
    message, written = b"respelt", text.to_bytes(32, "little")
    public, _ = made(SECRET, IDENTITY, 0, IDENTITY, message)
    scalar = challenge(written, public, message) * SECRET % ORDER
    signature = written + scalar.to_bytes(32, "little")
    return _row("R the identity, not canonical", public, message, signature)


def _of_mixed_key() -> dict[str, Any]:
    """A key with a part of small order, and a signature whose equation holds exactly."""
    for number in count():
        message = b"mixed %d" % number
        public, signature = made(SECRET, SMALL, NONCE, times(NONCE, BASE), message)
        if challenge(signature[:32], public, message) % 8 == 0:
            why = "a key with a part of small order: the equation holds"
            return _row(why, public, message, signature, verifies=True)
    raise AssertionError


def _of_unfit_key(public: bytes) -> dict[str, Any]:
    """A key that no directory takes: anyone can sign for it."""
    written = encoded(times(NONCE, BASE))
    for number in count():
        message = b"unfit %d" % number
        if challenge(written, public, message) % 8 == 0:
            signature = written + (NONCE % ORDER).to_bytes(32, "little")
            return _row("a refused key: the equation holds", public, message, signature)
    raise AssertionError
