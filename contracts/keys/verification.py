"""The algorithms of signing keys: what verifies for which, and how a public key is written.

A key has one algorithm, which its entry names; no header and no caller chooses another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from contracts.encoding import unb64u
from contracts.errors import DirectoryError
from contracts.keys import ed25519, es256
from contracts.keys.refused_points import check_ed25519
from contracts.keys.sealing_kinds import point

ED25519: Final = "Ed25519"
ES256: Final = "ES256"


class _Algorithm(NamedTuple):
    """What a key's algorithm comes to.

    Attributes:
        kty, crv: of its JWK (RFC 7517, RFC 8037).
        verifies: public key, message, signature -> whether it is the key's own.
        check: raises a `DirectoryError` for a public key that is refused.
    """

    kty: str
    crv: str
    verifies: Callable[[bytes, bytes | memoryview, bytes], bool]
    check: Callable[[bytes, str], None]


_ALGORITHMS: Final = {
    ED25519: _Algorithm("OKP", "Ed25519", ed25519.verifies, check_ed25519),
    ES256: _Algorithm("EC", "P-256", es256.verifies, es256.check_p256),
}


def verifies(alg: str, public: bytes, message: bytes | memoryview, signature: bytes) -> bool:
    """Whether a signature is the key's own of the message.

    Args:
        alg: the key's own algorithm.
        public: as `read_public` gives it.
    """
    return _ALGORITHMS[alg].verifies(public, message, signature)


def check_public(alg: str, public: bytes, place: str = "") -> None:
    """Refuse public keys that no directory may have (keys §3).

    Raises:
        DirectoryError: `wrong_key_size`, `key_not_canonical`, `key_of_small_order`,
            `key_not_on_curve`.
    """
    _ALGORITHMS[alg].check(public, place)


def jwk_kind(alg: str) -> dict[str, str]:
    """`kty` and `crv` of a JWK with such a key."""
    return {"kty": _ALGORITHMS[alg].kty, "crv": _ALGORITHMS[alg].crv}


def read_public(alg: str, x: str, y: str | None) -> bytes:
    """The bytes of a public key: 32 of Ed25519, the 65 of an uncompressed point of P-256.

    Raises:
        DirectoryError: `malformed`: `y` where none belongs, or none.
        EnvelopeError: `base64_not_canonical`.
    """
    if (y is not None) != (alg == ES256):
        raise DirectoryError("malformed", "other coordinates", "those of its curve", "y")
    return unb64u(x) if y is None else point(x, y)
