"""The kinds of encryption keys, and how a directory and a key file write each (keys §1.2, §2.4).

A key has one kind, told by its entry; the length of its public half says which, everywhere here.
ECDH's two curves have one `alg`, as JOSE has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.encoding import b64u, unb64u
from contracts.keys.es256 import check_p256
from contracts.keys.hybrid import HybridPrivateKey, check_hybrid
from contracts.keys.refused_points import check_x25519

ECDH: Final = "ECDH-ES+A256KW"
HYBRID: Final = "x-HPKE-MLKEM768X25519-KE-1"  # our own name: no RFC has one yet
X25519: Final = "X25519"
P256: Final = "P-256"

SealingPrivate = X25519PrivateKey | ec.EllipticCurvePrivateKey | HybridPrivateKey


class SealingKind(NamedTuple):
    """A kind of encryption key.

    Attributes:
        alg: of the parts that are sealed for it.
        crv: the curve, empty if there is more to it.
        check: raises a `DirectoryError` for a public key that is refused.
    """

    alg: str
    crv: str
    check: Callable[[bytes, str], None]


_X25519_BYTES: Final = 32
_KINDS: Final = {
    _X25519_BYTES: SealingKind(ECDH, X25519, check_x25519),
    65: SealingKind(ECDH, P256, check_p256),
    1216: SealingKind(HYBRID, "", check_hybrid),
}


def kind_of(public: bytes) -> SealingKind:
    """The kind of a public key that was checked."""
    return _KINDS[len(public)]


def public_half(private: SealingPrivate) -> bytes:
    """The public half of a private key."""
    if isinstance(private, HybridPrivateKey):
        return private.public
    if isinstance(private, X25519PrivateKey):
        return private.public_key().public_bytes_raw()
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def public_jwk(public: bytes) -> dict[str, str]:
    """A public key as a JWK (RFC 8037, RFC 7518 §6.2; RFC 9964's AKP)."""
    kind = kind_of(public)
    if kind.alg == HYBRID:
        return {"kty": "AKP", "alg": HYBRID, "pub": b64u(public)}
    if kind.crv == X25519:
        return {"kty": "OKP", "crv": X25519, "x": b64u(public)}
    return {"kty": "EC", "crv": P256, "x": b64u(public[1:33]), "y": b64u(public[33:])}


def sealing_member(public: bytes) -> str | dict[str, str]:
    """A public key as `sealing` has it: of X25519 its `x` alone, since most are."""
    return b64u(public) if len(public) <= _X25519_BYTES else public_jwk(public)


def read_member(member: Any) -> bytes:
    """The public key of a member; it is still to be checked.

    Args:
        member: text, or one of the two JWK that `directory_form` knows.

    Raises:
        EnvelopeError: `base64_not_canonical`.
    """
    if isinstance(member, str):
        return unb64u(member)
    if member.kty == "AKP":
        return unb64u(member.pub)
    return b"\x04" + unb64u(member.x) + unb64u(member.y)
