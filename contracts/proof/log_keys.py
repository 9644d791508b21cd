"""The keys by which a log is signed, made of one secret of a realm's keeper (keys §6)."""

from __future__ import annotations

from typing import Final

from contracts.encoding import derive
from contracts.proof.note_keys import NoteSigner, SignatureKind

_KINDS: Final = (SignatureKind.ED25519, SignatureKind.ML_DSA_44)  # in this order, always


def log_signers(secret: bytes, origin: str) -> tuple[NoteSigner, NoteSigner]:
    """A log's signers, in the order in which they sign.

    Each log has keys of its own: a policy names no public key twice.

    Args:
        secret: 32 bytes.
    """
    ed25519, ml_dsa = (
        NoteSigner(origin, kind, derive(secret, "log key", origin, kind.name)) for kind in _KINDS
    )
    return ed25519, ml_dsa
