"""Which Ed25519 signatures (RFC 8032) verify: one place, one set, whichever library a reader has.

Libraries differ over signatures whose R is of small order: OpenSSL takes them, libsodium does not.
Their makers alone can make them, and a log in which a router took one would part from an auditor
that does not. They are refused here before OpenSSL is asked (keys §1.3).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.keys.refused_points import SMALL_ORDER_ED25519, is_fit_ed25519

SIGNATURE_BYTES: Final = 64


def verifies(public: bytes, message: bytes | memoryview, signature: bytes) -> bool:
    """Whether a signature is the key's own of the message; no batch, no cofactor.

    Args:
        public: the raw key; one that the directory refuses verifies nothing.
    """
    if len(signature) != SIGNATURE_BYTES or signature[:32] in SMALL_ORDER_ED25519:
        return False
    if (key := _key(public)) is None:
        return False
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=8192)
def _key(public: bytes) -> Ed25519PublicKey | None:
    """A key is looked at once; None: it is refused."""
    return Ed25519PublicKey.from_public_bytes(public) if is_fit_ed25519(public) else None
