"""The signed form of the directory: build, sign, check and load it (keys §2).

A signing key enters with proof of possession: its own signature of its own entry. A desk's encryption
keys are signed by a signing key of the same desk, so that whoever keeps the directory cannot slip in
a key of his own. `revoked` stands outside these signatures: it is the keeper's to add.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from contracts.encoding import b64u, canonical, digest, sha256
from contracts.errors import DirectoryError
from contracts.keys.checked_desk import CheckedDesk, check_desk, check_signing, signed_bytes
from contracts.keys.directory import DeskEntry, Directory, EncryptionKey, SigningKey
from contracts.keys.directory_form import DeskRow, DirectoryFile
from contracts.keys.jose import ECDH, ED25519, Signing, open_jws, sign_jws
from contracts.keys.sealing_keys import DAY, DeskKeys, EncryptionKeys
from contracts.vocabulary.principals import is_agency
from contracts.vocabulary.schema import realm_of, router_urn
from contracts.vocabulary.scopes import RETENTION_CLASSES, ROLES
from contracts.vocabulary.topics import MAX_ORDER_BYTES

DIRECTORY_TYP: Final = "referral-directory+jwt"
_ROLE: Final = re.compile(r"[A-Z][A-Z0-9-]{0,15}\Z")
_LIMIT: Final = MAX_ORDER_BYTES * 3 // 4  # characters of the token: it travels inside an order


def signing_entry(
    signer: Signing, public: bytes, owner: str, not_before: int, not_after: int
) -> dict[str, Any]:
    """A signing key's entry with its proof of possession."""
    entry: dict[str, Any] = {
        "alg": ED25519, "kid": signer.kid, "x": b64u(public),
        "not_before": not_before, "not_after": not_after,
    }  # fmt: skip
    return {**entry, "proof": b64u(signer.sign(signed_bytes("signing-key", owner, entry)))}


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
    """An encryption key's entry, signed by its own desk, in the form of before (keys §2.7).

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
    return {**entry, "sig": b64u(signer.sign(signed_bytes("encryption-key", owner, entry)))}


def sealing_row(
    signer: Signing, *, owner: str, keys: Mapping[str, Mapping[str, bytes]], iat: int
) -> dict[str, Any]:
    """A desk's encryption keys under its own signature.

    Args:
        signer: a signing key of the desk `owner`, valid at `iat`.
        keys: P7, P30 or P90 -> ISO week (`2026w48`) -> public key.
    """
    row = {
        "by": signer.kid, "iat": iat,
        "keys": {
            kept: {week: b64u(public) for week, public in weeks.items()}
            for kept, weeks in keys.items()
        },
    }  # fmt: skip
    return {**row, "sig": b64u(signer.sign(signed_bytes("sealing-keys", owner, row)))}


def desk_entry(
    desk: str,
    role: str,
    secrecy: bool,
    label: Mapping[str, str],
    signing: Iterable[Mapping[str, Any]],
    encryption: Iterable[Mapping[str, Any]] | None = None,
    *,
    sealing: Mapping[str, Any] | None = None,
    agency: str = "",
) -> dict[str, Any]:
    """A desk's row.

    Args:
        encryption: entries made by `encryption_entry`: the form of before.
        sealing: made by `sealing_row`, None if the desk receives nothing.
        agency: of a role that only a convention knows; the others' is known.
    """
    row: dict[str, Any] = {
        "desk": desk, "role": role, "agency": ROLES.get(role, agency), "secrecy": secrecy,
        "label": dict(label), "signing": list(signing),
    }  # fmt: skip
    if encryption is not None:
        row["encryption"] = list(encryption)
    if sealing is not None:
        row["sealing"] = dict(sealing)
    return row


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


def load_directory(
    token: str, owners: Mapping[str, SigningKey], before: Directory | None = None
) -> Directory:
    """Verify and load a signed directory.

    Args:
        owners: kid -> the directory keeper's keys, pinned in settings.
        before: an earlier one of the realm: rows that it has too are not verified again.

    Raises:
        EnvelopeError: those of `jose.open_jws`.
        DirectoryError: those of `check_directory`.
    """
    jws = open_jws(token, DIRECTORY_TYP, owners, at=None, place="directory", limit=_LIMIT)
    return check_directory(jws.claims, before)


def check_directory(payload: Mapping[str, Any], before: Directory | None = None) -> Directory:
    """The directory that a payload describes, if it is coherent and every key proves itself.

    Raises:
        DirectoryError: `malformed`, `wrong_lifetime`, `wrong_realm`, `unknown_role`,
            `wrong_agency`, `desk_twice`, `kid_twice`, `wrong_key_size`, `key_not_canonical`,
            `key_of_small_order`, `wrong_destroy_at`, `no_such_week`, `unknown_key`,
            `no_possession`, `not_signed_by_desk`.
    """
    text = canonical(payload)
    try:
        file = DirectoryFile.model_validate_json(text)
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise DirectoryError("malformed", "another shape", "a directory", place) from None
    if file.exp <= file.iat:
        raise DirectoryError("wrong_lifetime", "`exp` before `iat`", "after", "exp")
    names = [sha256(canonical(row)) for row in payload["desks"]]
    return _Loading(file, before).directory(digest(text), names)


class _Loading:
    """One pass over a directory file."""

    def __init__(self, file: DirectoryFile, before: Directory | None) -> None:
        self.file = file
        self.before = before.checked if before is not None and before.realm == file.realm else {}
        self.checked: dict[bytes, CheckedDesk] = {}
        self.desks: dict[str, DeskEntry] = {}
        self.signing: dict[str, SigningKey] = {}
        self.sealing: dict[str, DeskKeys] = {}
        self.encryption: dict[str, EncryptionKey] = {}  # signed one by one
        self.agencies: dict[str, str] = {}  # role -> agency

    def directory(self, digest_: str, names: Iterable[bytes]) -> Directory:
        """The directory; `names` are the hashes of its rows."""
        file = self.file
        if realm_of(file.router.router) != file.realm:
            raise DirectoryError("wrong_realm", "another realm", file.realm, "router")
        for entry in file.router.signing:
            self.take_signing(check_signing(entry, file.router.router))
        for name, row in zip(names, file.desks, strict=True):
            self.take_desk(name, row)
        encryption = EncryptionKeys(self.sealing, self.encryption)
        packed = EncryptionKeys(self.sealing)
        for kid in (*self.signing, *self.encryption):
            if kid in packed or (kid in self.signing and kid in self.encryption):
                raise DirectoryError("kid_twice", "a second entry", "one a key", kid)
        return Directory(
            file.realm, file.version, digest_, file.iat, file.exp,
            self.desks, self.signing, encryption, self.checked,
        )  # fmt: skip

    def take_desk(self, name: bytes, row: DeskRow) -> None:
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
        desk = self.checked[name] = self.before.get(name) or check_desk(row)
        self.desks[desk.entry.desk] = desk.entry
        for signing in desk.signing:
            self.take_signing(signing)
        if desk.sealing is not None:
            self.sealing[desk.sealing.desk] = desk.sealing
        for encryption in desk.encryption:
            if encryption.kid in self.encryption:
                raise DirectoryError("kid_twice", "a second entry", "one a key", encryption.kid)
            self.encryption[encryption.kid] = encryption

    def take_signing(self, key: SigningKey) -> None:
        if key.kid in self.signing:
            raise DirectoryError("kid_twice", "a second entry", "one a key", key.kid)
        self.signing[key.kid] = key
