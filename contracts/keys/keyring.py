"""Signers and key rings, and the form of key files. Files are read and written elsewhere.

A `Signer` signs with one key of one desk; a `KeyRing` finds the private half of an encryption key.
Both are interfaces, so that another backend (a module, a remote signer) can take their place.
Nothing here prints a private key: values have no fields in their representation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, NamedTuple, Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import Field, TypeAdapter, ValidationError

from contracts.encoding import b64u, unb64u
from contracts.errors import DirectoryError, EnvelopeError, UsageError
from contracts.keys import ed25519
from contracts.keys.directory import Directory, EncryptionKey, SigningKey
from contracts.keys.jose import ECDH, ED25519, Signing
from contracts.keys.signed_directory import (
    build_directory,
    check_directory,
    desk_entry,
    encryption_entry,
    load_directory,
    load_whole,
    sealing_row,
    sign_directory,
    sign_in_pages,
    signing_entry,
)
from contracts.vocabulary.schema import Closed, DeskUrn, Digest, Instant, Kid, RouterUrn

__all__ = [
    "Ed25519Signer", "HeldSigners", "KeyRing", "MemoryKeyRing", "Signer", "Signers", "Week", "build_directory",
    "check_directory", "desk_entry", "encryption_entry", "encryption_file", "load_directory", "load_whole",
    "read_encryption_file", "read_signing_file", "sealing_row", "sign_directory", "sign_in_pages", "signing_entry", "signing_file",
    "valid_signers", "week_of",
]  # fmt: skip

OVERLAP: Final = timedelta(days=7)  # an encryption key stays valid this long after its week


class Signer(Signing, Protocol):
    """Signs as one owner with one key.

    Attributes:
        kid: key id in the directory.
        alg: the key's only algorithm.
        owner: urn of the desk, router or keeper whose key it is.
    """

    @property
    def owner(self) -> str:
        """Whose key it is, an urn."""


class Ed25519Signer:
    """A signer whose private key is in memory."""

    alg = ED25519

    def __init__(self, kid: str, owner: str, private: Ed25519PrivateKey) -> None:
        self.kid = kid
        self.owner = owner
        self._private = private
        self._secret = ed25519.expanded(private.private_bytes_raw())

    def __repr__(self) -> str:
        return f"Ed25519Signer({self.kid!r})"

    @property
    def public(self) -> bytes:
        """The raw public key."""
        return self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Sign (RFC 8032, pure Ed25519)."""
        return ed25519.sign(self._secret, message)


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


class KeyRing(Protocol):
    """Finds private encryption keys."""

    def private(self, kid: str) -> X25519PrivateKey | None:
        """The private half of a key, None if it was never held or has been destroyed."""


class MemoryKeyRing:
    """A key ring over a mapping."""

    def __init__(self, keys: Mapping[str, X25519PrivateKey]) -> None:
        self._keys = dict(keys)

    def __repr__(self) -> str:
        return f"MemoryKeyRing({len(self._keys)} keys)"

    def private(self, kid: str) -> X25519PrivateKey | None:
        """The private half of a key, None if the ring does not hold it."""
        return self._keys.get(kid)


class Week(NamedTuple):
    """The week of an encryption key: ISO label and validity in seconds, overlap included."""

    label: str
    not_before: int
    not_after: int


def week_of(at: int) -> Week:
    """The ISO week (UTC) of an instant, with the validity of the keys named after it."""
    day = datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = day - timedelta(days=day.weekday())
    year, week, _ = monday.isocalendar()
    end = monday + timedelta(days=7) + OVERLAP
    return Week(f"{year}w{week:02d}", int(monday.timestamp()), int(end.timestamp()))


_OWNER: Final = r"^urn:relais:(owner:[a-z-]{1,40}|auditor)$"


class _KeyFile(Closed):
    """What both kinds of key file hold (RFC 7517, RFC 8037, and our own members)."""

    kty: Literal["OKP"] = "OKP"
    kid: Kid
    owner: DeskUrn | RouterUrn | Annotated[str, Field(pattern=_OWNER)]
    x: Digest
    d: Digest
    not_before: Instant
    not_after: Instant


class _SigningFile(_KeyFile):
    use: Literal["sig"] = "sig"
    alg: Literal["Ed25519"]
    crv: Literal["Ed25519"] = "Ed25519"


class _EncryptionFile(_KeyFile):
    use: Literal["enc"] = "enc"
    alg: Literal["ECDH-ES+A256KW"]
    crv: Literal["X25519"] = "X25519"
    retention: Literal["P7", "P30", "P90"]
    destroy_at: Instant


def signing_file(private: Ed25519PrivateKey, key: SigningKey) -> bytes:
    """The text of a signing key's file: a private JWK with its owner and validity."""
    return _text(
        kty="OKP", use="sig", alg=ED25519, crv="Ed25519", kid=key.kid, owner=key.owner,
        x=b64u(key.public), d=b64u(private.private_bytes_raw()),
        not_before=key.not_before, not_after=key.not_after,
    )  # fmt: skip


def encryption_file(private: X25519PrivateKey, key: EncryptionKey) -> bytes:
    """The text of an encryption key's file: a private JWK with owner, class, validity and end."""
    return _text(
        kty="OKP", use="enc", alg=ECDH, crv="X25519", kid=key.kid, owner=key.owner,
        retention=key.retention, x=b64u(key.public), d=b64u(private.private_bytes_raw()),
        not_before=key.not_before, not_after=key.not_after, destroy_at=key.destroy_at,
    )  # fmt: skip


def read_signing_file(data: bytes) -> tuple[SigningKey, Ed25519Signer]:
    """A signing key file's public entry and its signer.

    Raises:
        UsageError: `key_file_malformed`, `key_file_mismatch` (`x` is not the public half of `d`).
    """
    file = _read(data, _SIGNING)
    private = Ed25519PrivateKey.from_private_bytes(_secret(file))
    public = _matching(file, private.public_key().public_bytes_raw())
    key = SigningKey(file.kid, ED25519, file.owner, public, file.not_before, file.not_after)
    return key, Ed25519Signer(file.kid, file.owner, private)


def read_encryption_file(data: bytes) -> tuple[EncryptionKey, X25519PrivateKey]:
    """An encryption key file's public entry and its private half.

    Raises:
        UsageError: `key_file_malformed`, `key_file_mismatch`.
    """
    file = _read(data, _ENCRYPTION)
    private = X25519PrivateKey.from_private_bytes(_secret(file))
    public = _matching(file, private.public_key().public_bytes_raw())
    key = EncryptionKey(
        file.kid, ECDH, file.owner, file.retention, public,
        file.not_before, file.not_after, file.destroy_at,
    )  # fmt: skip
    return key, private


File = TypeVar("File", bound=_KeyFile)
_SIGNING: Final = TypeAdapter(_SigningFile)
_ENCRYPTION: Final = TypeAdapter(_EncryptionFile)


def _text(**members: Any) -> bytes:
    return (json.dumps(members, indent=2, sort_keys=True) + "\n").encode()


def _read(data: bytes, schema: TypeAdapter[File]) -> File:
    try:
        return schema.validate_json(data)
    except ValidationError:  # says nothing of the content: it holds a private key
        raise UsageError("key_file_malformed", "another content", "a private key file") from None


def _secret(file: _KeyFile) -> bytes:
    try:
        return unb64u(file.d)
    except EnvelopeError:
        raise UsageError("key_file_malformed", "another content", "a private key file") from None


def _matching(file: _KeyFile, public: bytes) -> bytes:
    if b64u(public) != file.x:
        raise UsageError("key_file_mismatch", "another public key", "the one of `d`", file.kid)
    return public
