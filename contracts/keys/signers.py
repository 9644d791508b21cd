"""Who signs: one owner with one key. Where the private half lies, a signer alone knows.

The two that are here hold it in memory. What asks a device is made by `services.platform.keys`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.errors import DirectoryError
from contracts.keys import es256
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.jose import Signing
from contracts.keys.verification import ED25519, ES256

_RAW: Final = Encoding.X962, PublicFormat.UncompressedPoint


class Signer(Signing, Protocol):
    """Signs as one owner with one key; `public` and `sign` are all that a kind of signer must do.

    Attributes:
        kid: key id in the directory.
        alg: the key's only algorithm.
        owner: urn of the desk, router or keeper whose key it is.
    """

    @property
    def owner(self) -> str:
        """Whose key it is, an urn."""

    @property
    def public(self) -> bytes:
        """The public half, as `verification.read_public` gives it."""


class Ed25519Signer:
    """A signer whose private key is in memory."""

    alg = ED25519

    def __init__(self, kid: str, owner: str, private: Ed25519PrivateKey) -> None:
        self.kid = kid
        self.owner = owner
        self._private = private

    def __repr__(self) -> str:
        return f"Ed25519Signer({self.kid!r})"

    @property
    def public(self) -> bytes:
        """The raw public key."""
        return self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Sign (RFC 8032, pure Ed25519)."""
        return self._private.sign(message)


class Es256Signer:
    """A signer whose private key, of P-256, is in memory."""

    alg = ES256

    def __init__(self, kid: str, owner: str, private: ec.EllipticCurvePrivateKey) -> None:
        self.kid = kid
        self.owner = owner
        self._private = private

    def __repr__(self) -> str:
        return f"Es256Signer({self.kid!r})"

    @property
    def public(self) -> bytes:
        """The uncompressed point."""
        return self._private.public_key().public_bytes(*_RAW)

    def sign(self, message: bytes) -> bytes:
        """Sign (RFC 7518 §3.4), S in the lower half."""
        return es256.sign(self._private, message)


PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def in_memory(kid: str, owner: str, private: PrivateKey) -> Ed25519Signer | Es256Signer:
    """The signer of a private key.

    Args:
        private: of Ed25519, or of P-256.
    """
    if isinstance(private, Ed25519PrivateKey):
        return Ed25519Signer(kid, owner, private)
    return Es256Signer(kid, owner, private)


class Signers(Protocol):
    """One owner's signing keys, of which some are valid at an instant."""

    def valid(self, directory: Directory, at: int) -> tuple[Signer, ...]:
        """Those that a directory lists as valid at an instant, the newest first.

        Raises:
            DirectoryError: `no_signing_key`: none of them is.
        """


class HeldSigners:
    """One owner's signing keys in memory."""

    def __init__(self, *signers: Signer) -> None:
        self._signers = {signer.kid: signer for signer in signers}

    def __repr__(self) -> str:
        return f"HeldSigners({', '.join(self._signers)})"

    def valid(self, directory: Directory, at: int) -> tuple[Signer, ...]:
        """As `Signers` has it."""
        owner = next(iter(self._signers.values())).owner
        return valid_signers(directory, owner, at, lambda key: self._signers.get(key.kid))


def valid_signers(
    directory: Directory, owner: str, at: int, held: Callable[[SigningKey], Signer | None]
) -> tuple[Signer, ...]:
    """An owner's signers whose keys a directory lists as valid at an instant, the newest first.

    Args:
        held: of a key of the directory its signer, None if it is not at hand.

    Raises:
        DirectoryError: `no_signing_key`.
    """
    own = directory.signing_of.get(owner, ())
    signers = [held(key) for key in own if key.not_before <= at < key.not_after]
    valid = tuple(signer for signer in signers if signer is not None)
    if not valid:
        raise DirectoryError("no_signing_key", "none valid", "one of the directory's", owner)
    return valid
