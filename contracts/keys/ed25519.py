"""Ed25519 (RFC 8032) as all of Relais signs and verifies: one place, one set of signatures.

libsodium does the work. Libraries differ over signatures whose R is of small order: OpenSSL takes
them, libsodium does not. Their makers alone can make them, and a log in which a router took one would
part from an auditor that does not. They are refused here before any library is asked (keys §1.3).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import BadSignatureError

from contracts.keys.refused_points import SMALL_ORDER_ED25519, is_fit_ed25519

SIGNATURE_BYTES: Final = 64


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature is the key's own of the message; no batch, no cofactor.

    Args:
        public: the raw key; one that the directory refuses verifies nothing.
    """
    if len(signature) != SIGNATURE_BYTES or signature[:32] in SMALL_ORDER_ED25519:
        return False
    if not _fit(public):
        return False
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


def expanded(seed: bytes) -> bytes:
    """What `sign` needs of a private key: its 32 bytes, and its public half behind them."""
    secret: bytes = crypto_sign_seed_keypair(seed)[1]
    return secret


def sign(secret: bytes, message: bytes) -> bytes:
    """The signature of a message.

    Args:
        secret: an `expanded` key.
    """
    signed: bytes = crypto_sign(message, secret)
    return signed[:SIGNATURE_BYTES]


@lru_cache(maxsize=8192)
def _fit(public: bytes) -> bool:
    """A key is looked at once."""
    return is_fit_ed25519(public)
