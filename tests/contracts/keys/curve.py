"""Edwards25519 by its equations (RFC 8032 section 5.1): slow, and of no library that we check."""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

P: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
D: Final = -121665 * pow(121666, P - 2, P) % P
IDENTITY: Final = (0, 1)
Point = tuple[int, int]


def point(y: int) -> Point:
    """The point with this y and an even x."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square
    return (P - x if x % 2 else x), y


def add(one: Point, other: Point) -> Point:
    """The sum of two points, any two."""
    (a, b), (c, d) = one, other
    k = D * a * c * b * d % P
    return (a * d + c * b) * pow(1 + k, -1, P) % P, (b * d + a * c) * pow(1 - k, -1, P) % P


def times(factor: int, base: Point) -> Point:
    """A multiple of a point."""
    result = IDENTITY
    while factor:
        if factor & 1:
            result = add(result, base)
        base, factor = add(base, base), factor >> 1
    return result


def encoded(one: Point) -> bytes:
    """32 bytes: y, and the parity of x on top."""
    return (one[1] | (one[0] & 1) << 255).to_bytes(32, "little")


def challenge(r: bytes, public: bytes, message: bytes) -> int:
    """The hash that a signature answers."""
    return int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % ORDER


BASE: Final = point(4 * pow(5, P - 2, P) % P)
# Of order 8: its multiples are the eight points of small order.
SMALL: Final = point(2707385501144840649318225287225658788936804267575313519463743609750303402022)
SMALL_POINTS: Final = tuple(times(number, SMALL) for number in range(8))


def made(secret: int, shift: Point, nonce: int, r: Point, message: bytes) -> tuple[bytes, bytes]:
    """A public key and a signature as only the key's holder can make them.

    Args:
        secret, shift: the key is `secret` times the base, plus a point of small order.
        nonce, r: R as it is written, and the number that S takes it for.
    """
    public, written = encoded(add(times(secret, BASE), shift)), encoded(r)
    scalar = (nonce + challenge(written, public, message) * secret) % ORDER
    return public, written + scalar.to_bytes(32, "little")


def with_small_r(key: Ed25519PrivateKey, text: str) -> bytes:
    """A signature whose R is the identity: whoever sees it can compute the key."""
    half = int.from_bytes(hashlib.sha512(key.private_bytes_raw()).digest()[:32], "little")
    secret = half & (2**254 - 8) | 2**254  # RFC 8032 section 5.1.5
    return made(secret, IDENTITY, 0, IDENTITY, text.encode())[1]
