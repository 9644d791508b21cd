"""Signers and key rings, and the form of key files. Files are read and written elsewhere.

A `Signer` signs with one key of one desk; a `KeyRing` finds the private half of an encryption key.
A signing key's file holds the private half or names by a URI who does: then it has no secret.
Nothing here prints a private key: values have no fields in their representation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import Field, ValidationError

from contracts.encoding import b64u, json_object, unb64u
from contracts.errors import DirectoryError, EnvelopeError, UsageError
from contracts.keys.directory import EncryptionKey, SigningKey
from contracts.keys.sealing_kinds import ECDH, SealingPrivate, coordinates, public_half, public_jwk
from contracts.keys.signed_directory import (
    build_directory,
    check_directory,
    desk_entry,
    load_directory,
    sealing_row,
    sign_directory,
    signing_entry,
)
from contracts.keys.signers import (
    HeldSigners,
    MemorySigner,
    PrivateKey,
    Signer,
    Signers,
    valid_signers,
)
from contracts.keys.verification import ED25519, jwk_kind, read_public
from contracts.vocabulary.schema import Closed, DeskUrn, Digest, Instant, Kid, RouterUrn

__all__ = [
    "HeldSigners", "KeyRing", "MemoryKeyRing", "MemorySigner", "Signer", "Signers",
    "build_directory",
    "check_directory", "desk_entry", "destroyed_at", "destroyed_file",
    "encryption_file", "load_directory",
    "read_encryption_file", "read_signing_file", "sealing_row", "sign_directory",
    "signing_entry", "signing_file",
    "signing_key_of", "valid_signers",
]  # fmt: skip


class KeyRing(Protocol):
    """Finds private encryption keys."""

    def private(self, kid: str) -> SealingPrivate | None:
        """The private half of a key, None if it was never held or has been destroyed."""

    def former(self, kid: str, /) -> Iterable[SealingPrivate]:
        """Halves that stood under its id before a theft: what was sealed to them is read still."""

    def held(self) -> Iterable[str]:
        """The ids of the keys that it holds.

        Raises:
            OSError: nobody can say.
        """

    def destroy(self, kid: str, at: int) -> None:
        """Hold a key no more, and remember since when (seconds); nothing if it holds none.

        Raises:
            OSError: it could not be destroyed, and is held.
        """

    def destroyed(self) -> Mapping[str, int]:
        """Key id -> since when, seconds: those that it has seen to be destroyed."""


class MemoryKeyRing:
    """A key ring over a mapping."""

    def __init__(self, keys: Mapping[str, SealingPrivate]) -> None:
        self._keys = dict(keys)
        self._gone: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"MemoryKeyRing({len(self._keys)} keys)"

    def private(self, kid: str) -> SealingPrivate | None:
        """The private half of a key, None if the ring does not hold it."""
        return self._keys.get(kid)

    def former(self, _kid: str, /) -> Iterable[SealingPrivate]:
        """None: no key in memory was ever replaced."""
        return ()

    def held(self) -> Iterable[str]:
        """The ids of the keys that it holds."""
        return tuple(self._keys)

    def destroy(self, kid: str, at: int) -> None:
        """Hold a key no more."""
        if self._keys.pop(kid, None) is not None:
            self._gone[kid] = at

    def destroyed(self) -> Mapping[str, int]:
        """Key id -> since when, seconds."""
        return self._gone


MOST_URI: Final = 1024  # characters of one that names a signer
_DESTROYED: Final = "destroyed"  # `use` of what stands in the place of a key
_OWNER: Final = r"^urn:relais:(owner:[a-z-]{1,40}|auditor)$"


class _KeyFile(Closed):
    """What both kinds of key file hold (RFC 7517, RFC 8037, and our own members)."""

    kty: Literal["OKP", "EC"] = "OKP"
    kid: Kid
    x: Digest
    y: Digest | None = None
    owner: DeskUrn | RouterUrn | Annotated[str, Field(pattern=_OWNER)]
    not_before: Instant
    not_after: Instant


class _SigningFile(_KeyFile):
    use: Literal["sig"] = "sig"
    alg: Literal["Ed25519", "ES256"]
    crv: Literal["Ed25519", "P-256"] = "Ed25519"
    d: Digest | None = None
    signer: Annotated[str, Field(min_length=1, max_length=MOST_URI)] | None = None


class _EncryptionFile(_KeyFile):
    use: Literal["enc"] = "enc"
    alg: Literal["ECDH-ES+A256KW"]
    crv: Literal["X25519", "P-256"]
    d: Digest
    retention: Literal["P7", "P30", "P90"]
    destroy_at: Instant


def signing_file(private: PrivateKey | None, key: SigningKey, signer: str = "") -> bytes:
    """The text of a signing key's file: a JWK with its owner, its validity and what signs with it.

    Args:
        private: the private half; None: the file names who has it.
        signer: a URI that names it then.
    """
    secret = {"d": b64u(_scalar(private))} if private is not None else {"signer": signer}
    return _text(
        use="sig", alg=key.alg, kid=key.kid, owner=key.owner,
        not_before=key.not_before, not_after=key.not_after,
        **jwk_kind(key.alg), **coordinates(key.public), **secret,
    )  # fmt: skip


def _scalar(private: PrivateKey | SealingPrivate) -> bytes:
    if isinstance(private, Ed25519PrivateKey | X25519PrivateKey):
        return private.private_bytes_raw()
    return private.private_numbers().private_value.to_bytes(32, "big")


def encryption_file(private: SealingPrivate, key: EncryptionKey) -> bytes:
    """The text of an encryption key's file: a private JWK with owner, class, validity and end."""
    return _text(
        use="enc", kid=key.kid, owner=key.owner, retention=key.retention,
        not_before=key.not_before, not_after=key.not_after, destroy_at=key.destroy_at,
        **public_jwk(key.public), d=b64u(_scalar(private)), alg=ECDH,
    )  # fmt: skip


def destroyed_file(kid: str, at: int) -> bytes:
    """What stands in an encryption key's place once it is destroyed: its id, and since when."""
    return _text(use=_DESTROYED, kid=kid, destroyed_at=at)


def destroyed_at(data: bytes) -> int | None:
    """Since when a key is destroyed in whose place a file stands, seconds; None if it is not."""
    members = json_object(data)
    at = members.get("destroyed_at")
    return at if members.get("use") == _DESTROYED and isinstance(at, int) else None


def signing_key_of(data: bytes) -> tuple[SigningKey, str]:
    """A signing key file's public entry, and the URI of what signs; empty if the file does.

    Raises:
        UsageError: `key_file_malformed`.
    """
    file = _read(data, _SigningFile)
    if jwk_kind(file.alg) != {"kty": file.kty, "crv": file.crv} or (file.d is None) == (
        file.signer is None
    ):
        raise _malformed()
    try:
        public = read_public(file.alg, file.x, file.y)
    except (DirectoryError, EnvelopeError):
        raise _malformed() from None
    key = SigningKey(file.kid, file.alg, file.owner, public, file.not_before, file.not_after)
    return key, file.signer or ""


def read_signing_file(data: bytes) -> tuple[SigningKey, MemorySigner]:
    """A signing key file's public entry and its signer, of a file that holds the private half.

    Raises:
        UsageError: `key_file_malformed`, `key_file_mismatch` (`x` is not the public half of `d`),
            `key_elsewhere` (it names another place).
    """
    key, elsewhere = signing_key_of(data)
    if elsewhere:
        raise UsageError("key_elsewhere", "the place of a private key", "a private key", key.kid)
    secret = _secret(_read(data, _SigningFile).d or "")
    is_ed25519 = key.alg == ED25519
    private = Ed25519PrivateKey.from_private_bytes(secret) if is_ed25519 else _on_p256(secret)
    signer = MemorySigner(key.kid, key.owner, private)
    if signer.public != key.public:
        raise UsageError("key_file_mismatch", "another public key", "the one of `d`", key.kid)
    return key, signer


def _on_p256(secret: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    except ValueError:
        raise _malformed() from None


def read_encryption_file(data: bytes) -> tuple[EncryptionKey, SealingPrivate]:
    """An encryption key file's public entry and its private half.

    Raises:
        UsageError: `key_file_malformed`, `key_file_mismatch`.
    """
    file = _read(data, _EncryptionFile)
    secret = _secret(file.d)
    is_okp = file.kty == "OKP"
    private = X25519PrivateKey.from_private_bytes(secret) if is_okp else _on_p256(secret)
    public = public_half(private)
    told, jwk = file.wire(), public_jwk(public)
    wrong = {name for name in _PUBLIC_MEMBERS if told.get(name) != jwk.get(name)}
    if wrong & {"kty", "crv"}:
        raise _malformed()
    if wrong:
        raise UsageError("key_file_mismatch", "another public key", "the one of `d`", file.kid)
    key = EncryptionKey(
        file.kid, file.owner, file.retention, public,
        file.not_before, file.not_after, file.destroy_at,
    )  # fmt: skip
    return key, private


_PUBLIC_MEMBERS: Final = ("kty", "crv", "x", "y")
File = TypeVar("File", bound=_KeyFile)


def _text(**members: Any) -> bytes:
    return (json.dumps(members, indent=2, sort_keys=True) + "\n").encode()


def _read(data: bytes, schema: type[File]) -> File:
    try:
        return schema.model_validate_json(data)
    except ValidationError:  # says nothing of the content: it holds a private key
        raise _malformed() from None


def _secret(text: str) -> bytes:
    try:
        return unb64u(text)
    except EnvelopeError:
        raise _malformed() from None


def _malformed() -> UsageError:
    return UsageError("key_file_malformed", "another content", "a private key file")
