"""The kinds of encryption keys, and how a directory and a key file write each (keys §1.2, §2.4).

A key has one kind, its curve, told by its entry; the length of its public half says which,
everywhere here. Both curves have one `alg`, as JOSE has it.
"""

from __future__ import annotations

from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
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
_X25519_BYTES: Final = 32


def curve_of(public: bytes) -> Curve:
    """The curve of a public key."""
    return X25519 if len(public) == _X25519_BYTES else P256


def check_sealing(public: bytes, place: str) -> None:
    """Refuse public keys that no directory and no part may have (keys §3).

    Raises:
        DirectoryError: `wrong_key_size`, `key_not_canonical`, `key_of_small_order`,
            `key_not_on_curve`.
    """
    (check_x25519 if curve_of(public) == X25519 else check_p256)(public, place)


def public_half(private: SealingPrivate | Ed25519PrivateKey) -> bytes:
    """The public half of a private key: raw, or of P-256 the uncompressed point."""
    if isinstance(private, X25519PrivateKey | Ed25519PrivateKey):
        return private.public_key().public_bytes_raw()
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def public_jwk(public: bytes) -> dict[str, str]:
    """A public key as a JWK (RFC 8037, RFC 7518 §6.2)."""
    kty = "OKP" if curve_of(public) == X25519 else "EC"
    return {"kty": kty, "crv": curve_of(public), **coordinates(public)}


def coordinates(public: bytes) -> dict[str, str]:
    """A public key as a JWK writes it: `x`, and `y` on P-256."""
    if len(public) == _X25519_BYTES:  # of Ed25519 too
        return {"x": b64u(public)}
    return {"x": b64u(public[1:33]), "y": b64u(public[33:])}


def sealing_member(public: bytes) -> str | dict[str, str]:
    """A public key as `sealing` has it: of X25519 its `x` alone, since most are."""
    return b64u(public) if curve_of(public) == X25519 else public_jwk(public)


def read_member(member: str | EcKey) -> bytes:
    """The public key of a member; it is still to be checked.

    Raises:
        EnvelopeError: `base64_not_canonical`.
    """
    return unb64u(member) if isinstance(member, str) else point(member.x, member.y)


def point(x: str, y: str) -> bytes:
    """An uncompressed point of P-256 (RFC 5480 §2.2).

    Raises:
        EnvelopeError: `base64_not_canonical`.
    """
    return b"\x04" + unb64u(x) + unb64u(y)
