"""Who signs: one owner with one key. Where the private half lies, a signer alone knows.

The one that is here holds it in memory. What asks a device is made by `services.platform.keys`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.errors import DirectoryError
from contracts.keys import es256
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.jose import Signing
from contracts.keys.sealing_kinds import public_half
from contracts.keys.verification import ED25519, ES256


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


PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey


class MemorySigner:
    """A signer whose private key, of Ed25519 or P-256, is in memory."""

    def __init__(self, kid: str, owner: str, private: PrivateKey) -> None:
        self.kid = kid
        self.owner = owner
        self.alg = ED25519 if isinstance(private, Ed25519PrivateKey) else ES256
        self._private = private

    def __repr__(self) -> str:
        return f"MemorySigner({self.kid!r})"

    @property
    def public(self) -> bytes:
        """The raw public key, or the uncompressed point."""
        return public_half(self._private)

    def sign(self, message: bytes) -> bytes:
        """Sign: pure Ed25519 (RFC 8032); ES256 (RFC 7518 §3.4), S in the lower half."""
        if isinstance(self._private, Ed25519PrivateKey):
            return self._private.sign(message)
        return es256.sign(self._private, message)


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
