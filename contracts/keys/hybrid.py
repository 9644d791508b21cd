"""Hybrid keys for parts, MLKEM768-X25519: whoever breaks one of the two halves still reads nothing.

The KEM is HPKE's 0x647a (draft-ietf-hpke-pq, X-Wing): a private key is 32 bytes, of which both
halves are made; a public key is ML-KEM's (FIPS 203) and X25519's, one behind the other. A content
key is sealed by HPKE's base mode (RFC 9180 §6.1) with HKDF-SHA256 and AES-256-GCM, `enc` before the
ciphertext.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import shake_256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from contracts.errors import DirectoryError
from contracts.keys.refused_points import check_x25519

SEED_BYTES: Final = 32
PUBLIC_BYTES: Final = 1216
SEALED_BYTES: Final = 1120 + 32 + 16  # of a content key: `enc`, ciphertext, tag
_ML_KEM: Final = 1184  # bytes of ML-KEM-768's public key
_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class HybridPrivateKey:
    """A private key of both kinds.

    Args:
        seed: 32 secret bytes; all of it follows from them.
    """

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        both = shake_256(seed).digest(96)
        ml_kem = MLKEM768PrivateKey.from_seed_bytes(both[:64])
        x25519 = X25519PrivateKey.from_private_bytes(both[64:])
        self._private = MLKEM768X25519PrivateKey(ml_kem, x25519)
        self.public = (
            ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )

    def __repr__(self) -> str:
        return "HybridPrivateKey()"

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """What `seal` was given.

        Raises:
            InvalidTag: it was sealed for another key, with other `info`, or changed.
        """
        return _SUITE.decrypt(sealed, self._private, info)


def seal(public: bytes, content_key: bytes, info: bytes) -> bytes:
    """Seal a content key; the library draws what is random.

    Args:
        public: checked by `check_hybrid`.
        info: what the seal is bound to.
    """
    return _SUITE.encrypt(content_key, _public(public), info)


def check_hybrid(public: bytes, place: str = "") -> None:
    """Refuse a public key either half of which is none.

    Raises:
        DirectoryError: `wrong_key_size`, `key_not_canonical`, `key_of_small_order`.
    """
    if len(public) != PUBLIC_BYTES:
        raise DirectoryError("wrong_key_size", f"{len(public)} bytes", str(PUBLIC_BYTES), place)
    check_x25519(public[_ML_KEM:], place)
    try:
        _public(public)
    except ValueError:
        got, expected = "a coefficient over the modulus", "one of FIPS 203"
        raise DirectoryError("key_not_canonical", got, expected, place) from None


@lru_cache(maxsize=256)
def _public(public: bytes) -> MLKEM768X25519PublicKey:
    """A key is read once."""
    ml_kem = MLKEM768PublicKey.from_public_bytes(public[:_ML_KEM])
    return MLKEM768X25519PublicKey(ml_kem, X25519PublicKey.from_public_bytes(public[_ML_KEM:]))
