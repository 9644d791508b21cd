"""ECDH-ES (RFC 7518 §4.6, RFC 8037 §3.2) on X25519 and P-256: two keys to one that wraps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from contracts.encoding import b64u, sha256
from contracts.keys.entries import EncryptionKey
from contracts.keys.es256 import ORDER
from contracts.keys.sealing_kinds import (
    ECDH,
    X25519,
    SealingPrivate,
    curve_of,
    public_half,
    public_jwk,
)  # fmt: skip

Random = Callable[[int], bytes]

# RFC 7518 section 4.6.2: one round of the Concat KDF is all that 256 bits take; then AlgorithmID,
# empty PartyUInfo and PartyVInfo, and the number of bits.
_KDF_ROUND: Final = (1).to_bytes(4, "big")
KDF_INFO: Final = len(ECDH).to_bytes(4, "big") + ECDH.encode() + bytes(8) + bytes((0, 0, 1, 0))
_CURVE: Final = ec.SECP256R1()


def for_sealing(key: EncryptionKey, random: Random) -> tuple[dict[str, str], bytes]:
    """A fresh ephemeral key's public half, as `epk` has it, and the key that wraps."""
    if curve_of(key.public) == X25519:
        ephemeral = X25519PrivateKey.from_private_bytes(random(32))
        epk = {
            "crv": X25519, "kty": "OKP", "x": b64u(ephemeral.public_key().public_bytes_raw())
        }  # fmt: skip
        secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(key.public))
        return epk, wrapping_key(secret)
    private = ec.derive_private_key(_scalar(random), _CURVE)
    public = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, key.public)
    return public_jwk(public_half(private)), wrapping_key(private.exchange(ec.ECDH(), public))


def for_opening(private: SealingPrivate, epk: bytes) -> bytes:
    """The key that wraps.

    Args:
        epk: the ephemeral public key.

    Raises:
        ValueError: it is no key of the private one's curve, or gives nothing secret.
    """
    if isinstance(private, X25519PrivateKey):
        return wrapping_key(private.exchange(X25519PublicKey.from_public_bytes(epk)))
    public = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, epk)
    return wrapping_key(private.exchange(ec.ECDH(), public))


def wrapping_key(secret: bytes) -> bytes:
    """The key-wrapping key of a shared secret (RFC 7518 section 4.6)."""
    return sha256(_KDF_ROUND + secret + KDF_INFO)


def _scalar(random: Random) -> int:
    """A private number of P-256, each as likely (FIPS 186-5 A.2.2)."""
    while not 0 < (number := int.from_bytes(random(32), "big")) < ORDER:
        pass
    return number
