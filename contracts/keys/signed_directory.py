"""The signed form of the directory: build, sign, check and load it (keys §2).

A signing key enters with proof of possession: its own signature of its own entry. Each encryption
key's entry is signed by a signing key of its own desk, so that whoever keeps the directory cannot
slip in a key of his own. `revoked` stands outside these signatures: it is the keeper's to add.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from contracts.encoding import b64u, canonical, digest, framed, unb64u
from contracts.errors import DirectoryError, EnvelopeError
from contracts.keys.directory import DeskEntry, Directory, EncryptionKey, SigningKey
from contracts.keys.jose import ECDH, ED25519, Signing, open_jws, sign_jws, verify_bytes
from contracts.keys.refused_points import check_ed25519, check_x25519
from contracts.vocabulary.principals import is_agency
from contracts.vocabulary.schema import (
    Closed,
    DeskUrn,
    Digest,
    Instant,
    Kid,
    Realm,
    RouterUrn,
    realm_of,
    router_urn,
)  # fmt: skip
from contracts.vocabulary.scopes import RETENTION_CLASSES, ROLES
from contracts.vocabulary.topics import MAX_ORDER_BYTES

DIRECTORY_TYP: Final = "referral-directory+jwt"
DAY: Final = 86_400
MAX_WINDOW: Final = 14 * DAY  # an encryption key's week and its overlap
_ROLE: Final = re.compile(r"[A-Z][A-Z0-9-]{0,15}\Z")
_LIMIT: Final = MAX_ORDER_BYTES * 3 // 4  # characters of the token: it travels inside an order


class SigningEntry(Closed):
    """A signing key; `proof` is its own signature of `owner` and everything before it."""

    alg: Literal["Ed25519"]
    kid: Kid
    x: Digest
    not_before: Instant
    not_after: Instant
    proof: str
    revoked: Instant | None = None


class EncryptionEntry(Closed):
    """An encryption key; `sig` is by the desk's signing key `by`, made at `iat`."""

    alg: Literal["ECDH-ES+A256KW"]
    kid: Kid
    retention: Literal["P7", "P30", "P90"]
    x: Digest
    not_before: Instant
    not_after: Instant
    destroy_at: Instant
    by: Kid
    iat: Instant
    sig: str
    revoked: Instant | None = None


class Label(Closed):
    """A desk's name in both languages."""

    fr: str = Field(min_length=1, max_length=120)
    en: str = Field(min_length=1, max_length=120)


class DeskRow(Closed):
    """A desk with its keys."""

    desk: DeskUrn
    role: str
    agency: str
    secrecy: bool
    label: Label
    signing: tuple[SigningEntry, ...] = Field(min_length=1)
    encryption: tuple[EncryptionEntry, ...]


class RouterRow(Closed):
    """The realm's router: signs receipts and notices, opens nothing."""

    router: RouterUrn
    signing: tuple[SigningEntry, ...] = Field(min_length=1)


class DirectoryFile(Closed):
    """The payload of a directory."""

    realm: Realm
    version: int = Field(ge=1)
    iat: Instant
    exp: Instant
    router: RouterRow
    desks: tuple[DeskRow, ...]


def signing_entry(
    signer: Signing, public: bytes, owner: str, not_before: int, not_after: int
) -> dict[str, Any]:
    """A signing key's entry with its proof of possession."""
    entry: dict[str, Any] = {
        "alg": ED25519, "kid": signer.kid, "x": b64u(public),
        "not_before": not_before, "not_after": not_after,
    }  # fmt: skip
    return {**entry, "proof": b64u(signer.sign(_entry_bytes("signing-key", owner, entry)))}


def encryption_entry(
    signer: Signing,
    *,
    owner: str,
    kid: str,
    retention: str,
    public: bytes,
    not_before: int,
    not_after: int,
    iat: int,
) -> dict[str, Any]:
    """An encryption key's entry, signed by its own desk.

    Args:
        signer: a signing key of the desk `owner`, valid at `iat`.
        retention: P7, P30 or P90; fixes `destroy_at`, counted from the last possible sealing.
        not_before, not_after: at most 14 days apart (a week and its overlap), seconds.
    """
    entry: dict[str, Any] = {
        "alg": ECDH, "kid": kid, "retention": retention, "x": b64u(public),
        "not_before": not_before, "not_after": not_after,
        "destroy_at": not_after + RETENTION_CLASSES[retention] * DAY,
        "by": signer.kid, "iat": iat,
    }  # fmt: skip
    return {**entry, "sig": b64u(signer.sign(_entry_bytes("encryption-key", owner, entry)))}


def desk_entry(
    desk: str,
    role: str,
    secrecy: bool,
    label: Mapping[str, str],
    signing: Iterable[Mapping[str, Any]],
    encryption: Iterable[Mapping[str, Any]],
    *,
    agency: str = "",
) -> dict[str, Any]:
    """A desk's row.

    Args:
        agency: of a role that only a convention knows; the others' is known.
    """
    return {
        "desk": desk, "role": role, "agency": ROLES.get(role, agency), "secrecy": secrecy,
        "label": dict(label), "signing": list(signing), "encryption": list(encryption),
    }  # fmt: skip


def build_directory(
    realm: str,
    version: int,
    iat: int,
    exp: int,
    router: Iterable[Mapping[str, Any]],
    desks: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """A directory's payload, desks sorted by urn.

    Args:
        version: only rises.
        iat, exp: when it was made, and when issuers stop sealing under it, seconds.
        router: signing entries of the router.
        desks: rows made by `desk_entry`.
    """
    return {
        "realm": realm, "version": version, "iat": iat, "exp": exp,
        "router": {"router": router_urn(realm), "signing": list(router)},
        "desks": sorted(desks, key=lambda row: str(row["desk"])),
    }  # fmt: skip


def sign_directory(payload: Mapping[str, Any], signer: Signing) -> str:
    """Check a directory and sign it as `referral-directory+jwt`.

    Raises:
        DirectoryError: those of `check_directory`: what is not coherent is not signed; `too_large`:
            nobody would load it.
    """
    check_directory(payload)
    token = sign_jws(payload, DIRECTORY_TYP, signer)
    if len(token) > _LIMIT:
        got = f"{len(token)} characters"
        raise DirectoryError("too_large", got, f"at most {_LIMIT}", "directory")
    return token


def load_directory(token: str, owners: Mapping[str, SigningKey]) -> Directory:
    """Verify and load a signed directory.

    Args:
        owners: kid -> the directory keeper's keys, pinned in settings.

    Raises:
        EnvelopeError: those of `jose.open_jws`.
        DirectoryError: those of `check_directory`.
    """
    jws = open_jws(token, DIRECTORY_TYP, owners, at=None, place="directory", limit=_LIMIT)
    return check_directory(jws.claims)


def check_directory(payload: Mapping[str, Any]) -> Directory:
    """The directory that a payload describes, if it is coherent and every key proves itself.

    Raises:
        DirectoryError: `malformed`, `wrong_lifetime`, `wrong_realm`, `unknown_role`,
            `wrong_agency`, `desk_twice`, `kid_twice`, `wrong_key_size`, `key_not_canonical`,
            `key_of_small_order`, `wrong_lifetime`, `wrong_destroy_at`, `no_possession`,
            `not_signed_by_desk`.
    """
    text = canonical(payload)
    try:
        file = DirectoryFile.model_validate_json(text)
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise DirectoryError("malformed", "another shape", "a directory", place) from None
    if file.exp <= file.iat:
        raise DirectoryError("wrong_lifetime", "`exp` before `iat`", "after", "exp")
    return _Loading(file).directory(digest(text))


class _Loading:
    """One pass over a directory file."""

    def __init__(self, file: DirectoryFile) -> None:
        self.file = file
        self.desks: dict[str, DeskEntry] = {}
        self.signing: dict[str, SigningKey] = {}
        self.encryption: dict[str, EncryptionKey] = {}
        self.agencies: dict[str, str] = {}  # role -> agency

    def directory(self, digest_: str) -> Directory:
        file = self.file
        if realm_of(file.router.router) != file.realm:
            raise DirectoryError("wrong_realm", "another realm", file.realm, "router")
        for entry in file.router.signing:
            self.take_signing(entry, file.router.router)
        for row in file.desks:
            self.take_desk(row)
        return Directory(
            file.realm, file.version, digest_, file.iat, file.exp,
            self.desks, self.signing, self.encryption,
        )  # fmt: skip

    def take_desk(self, row: DeskRow) -> None:
        if realm_of(row.desk) != self.file.realm:
            raise DirectoryError("wrong_realm", "another realm", self.file.realm, row.desk)
        if not _ROLE.match(row.role):
            raise DirectoryError("unknown_role", "another", "a role of the convention", row.desk)
        if not is_agency(row.agency):
            raise DirectoryError("wrong_agency", "another", "an agency's name", row.desk)
        agency = self.agencies.setdefault(row.role, ROLES.get(row.role, row.agency))
        if row.agency != agency:  # a role acts for one house
            raise DirectoryError("wrong_agency", "another", agency, row.desk)
        if row.desk in self.desks:
            raise DirectoryError("desk_twice", "a second row", "one a desk", row.desk)
        self.desks[row.desk] = DeskEntry(
            row.desk, row.role, row.agency, row.secrecy, row.label.wire()
        )
        for signing in row.signing:
            self.take_signing(signing, row.desk)
        for encryption in row.encryption:
            self.take_encryption(encryption, row.desk)

    def take_signing(self, entry: SigningEntry, owner: str) -> None:
        self.take_kid(entry)
        public = _public(entry.x, entry.kid)
        check_ed25519(public, entry.kid)
        key = SigningKey(entry.kid, entry.alg, owner, public, entry.not_before, _end(entry))
        _check_signature(key, "signing-key", owner, entry, "proof", "no_possession")
        self.signing[entry.kid] = key

    def take_encryption(self, entry: EncryptionEntry, owner: str) -> None:
        self.take_kid(entry)
        public = _public(entry.x, entry.kid)
        check_x25519(public, entry.kid)
        if entry.not_after - entry.not_before > MAX_WINDOW:
            raise DirectoryError("wrong_lifetime", "a longer window", "14 days", entry.kid)
        if entry.destroy_at != entry.not_after + RETENTION_CLASSES[entry.retention] * DAY:
            raise DirectoryError("wrong_destroy_at", "another", "end plus class", entry.kid)
        by = self.signing.get(entry.by)
        if by is None or by.owner != owner or not by.not_before <= entry.iat < by.not_after:
            raise DirectoryError("not_signed_by_desk", "another key", "one of its own", entry.kid)
        _check_signature(by, "encryption-key", owner, entry, "sig", "not_signed_by_desk")
        self.encryption[entry.kid] = EncryptionKey(
            entry.kid, entry.alg, owner, entry.retention, public,
            entry.not_before, _end(entry), entry.destroy_at,
        )  # fmt: skip

    def take_kid(self, entry: SigningEntry | EncryptionEntry) -> None:
        if entry.kid in self.signing or entry.kid in self.encryption:
            raise DirectoryError("kid_twice", "a second entry", "one a key", entry.kid)
        if entry.not_after <= entry.not_before:
            raise DirectoryError("wrong_lifetime", "an end before its start", "after", entry.kid)


def _end(entry: SigningEntry | EncryptionEntry) -> int:
    """A revoked key ends at its revocation."""
    return entry.not_after if entry.revoked is None else min(entry.not_after, entry.revoked)


def _public(x: str, kid: str) -> bytes:
    try:
        return unb64u(x)
    except EnvelopeError:
        raise DirectoryError("key_not_canonical", "trailing bits", "canonical text", kid) from None


def _entry_bytes(label: str, owner: str, entry: Mapping[str, Any]) -> bytes:
    """What an entry's signature covers; framed, so that it is never a JWS signing input."""
    return framed("relais", label, owner, canonical(entry))


def _check_signature(
    key: SigningKey,
    label: str,
    owner: str,
    entry: SigningEntry | EncryptionEntry,
    name: str,
    code: str,
) -> None:
    wire = entry.wire()
    wire.pop("revoked", None)
    try:
        signature = unb64u(wire.pop(name))
        verify_bytes(key, _entry_bytes(label, owner, wire), signature)
    except EnvelopeError:
        raise DirectoryError(code, "a signature that does not verify", "", entry.kid) from None
