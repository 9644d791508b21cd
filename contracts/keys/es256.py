"""ES256 (RFC 7518 §3.4): ECDSA on P-256 over SHA-256, for keys in devices that know no Ed25519.

A signature is R and S, 32 bytes each, and S is in the lower half of the group's order: of the two
that verify, one alone is a signature here (keys §1.3), so that nobody can spell a token anew.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from contracts.errors import DirectoryError

SIGNATURE_BYTES: Final = 64
PUBLIC_BYTES: Final = 65  # 4, x, y (RFC 5480 §2.2)
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HALF: Final = ORDER // 2


def verifies(public: bytes, message: bytes | memoryview, signature: bytes) -> bool:
    """Whether a signature is the key's own of the message.

    Args:
        public: the uncompressed point; one that the directory refuses verifies nothing.
    """
    if len(signature) != SIGNATURE_BYTES:
        return False
    r, s = _numbers(signature)
    if not (0 < r < ORDER and 0 < s <= _HALF):
        return False
    key = _point(public)
    if key is None:
        return False
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def sign(private: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """The signature of a message; the same each time (RFC 6979)."""
    made = private.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))
    return in_lower_half(b"".join(one.to_bytes(32, "big") for one in decode_dss_signature(made)))


def in_lower_half(signature: bytes) -> bytes:
    """The spelling of a signature that `verifies` takes; devices and libraries make either.

    Args:
        signature: R and S, 32 bytes each.
    """
    r, s = _numbers(signature)
    return r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")


def check_p256(public: bytes, place: str = "") -> None:
    """Refuse what is no uncompressed point of P-256 with coordinates below its prime.

    Raises:
        DirectoryError: `wrong_key_size`, `key_not_on_curve`.
    """
    if len(public) != PUBLIC_BYTES:
        raise DirectoryError("wrong_key_size", f"{len(public)} bytes", str(PUBLIC_BYTES), place)
    if _point(public) is None:
        raise DirectoryError("key_not_on_curve", "another point", "one of P-256", place)


def _numbers(signature: bytes) -> tuple[int, int]:
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")


@lru_cache(maxsize=8192)
def _point(public: bytes) -> ec.EllipticCurvePublicKey | None:
    """A key is looked at once."""
    if len(public) != PUBLIC_BYTES:
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    except ValueError:
        return None
