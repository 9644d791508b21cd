"""The kinds of encryption keys, and how a directory and a key file write each (keys §1.2, §2.4).

A key has one kind, its curve, told by its entry; the length of its public half says which,
everywhere here. Both curves have one `alg`, as JOSE has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.encoding import b64u, unb64u
from contracts.keys.directory_form import EcKey
from contracts.keys.es256 import check_p256
from contracts.keys.refused_points import check_x25519

ECDH: Final = "ECDH-ES+A256KW"
Curve = Literal["X25519", "P-256"]
X25519: Final = "X25519"
P256: Final = "P-256"

SealingPrivate = X25519PrivateKey | ec.EllipticCurvePrivateKey


class SealingKind(NamedTuple):
    """A kind of encryption key.

    Attributes:
        crv: the curve.
        check: raises a `DirectoryError` for a public key that is refused.
    """

    crv: Curve
    check: Callable[[bytes, str], None]


_X25519_BYTES: Final = 32
_KINDS: Final = {
    _X25519_BYTES: SealingKind(X25519, check_x25519),
    65: SealingKind(P256, check_p256),
}


def kind_of(public: bytes) -> SealingKind:
    """The kind of a public key that was checked."""
    return _KINDS[len(public)]


def public_half(private: SealingPrivate) -> bytes:
    """The public half of a private key."""
    if isinstance(private, X25519PrivateKey):
        return private.public_key().public_bytes_raw()
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def public_jwk(public: bytes) -> dict[str, str]:
    """A public key as a JWK (RFC 8037, RFC 7518 §6.2)."""
    if kind_of(public).crv == X25519:
        return {"kty": "OKP", "crv": X25519, "x": b64u(public)}
    return {"kty": "EC", "crv": P256, "x": b64u(public[1:33]), "y": b64u(public[33:])}


def sealing_member(public: bytes) -> str | dict[str, str]:
    """A public key as `sealing` has it: of X25519 its `x` alone, since most are."""
    return b64u(public) if len(public) <= _X25519_BYTES else public_jwk(public)


def read_member(member: str | EcKey) -> bytes:
    """The public key of a member; it is still to be checked.

    Raises:
        EnvelopeError: `base64_not_canonical`.
    """
    if isinstance(member, str):
        return unb64u(member)
    return b"\x04" + unb64u(member.x) + unb64u(member.y)
