"""Keys and directories for the local federation: made once, extended when they run out.

All private keys of all parties lie in one folder here, because one person plays all the parts. In
earnest every agency makes its own and hands out public entries only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.convention.model import Convention
from contracts.convention.retention import classes_of
from contracts.keys.directory import EncryptionKey, SigningKey
from contracts.keys.keyring import (
    Signer,
    build_directory,
    desk_entry,
    destroyed_at,
    encryption_file,
    read_encryption_file,
    sealing_row,
    signing_file,
)
from contracts.keys.sealing_keys import TOLD_S, destroy_at_of, parts_of, periods_of
from contracts.keys.sealing_kinds import public_half
from contracts.keys.verification import ED25519
from contracts.vocabulary.schema import desk_urn, router_urn
from contracts.vocabulary.scopes import RETENTION_CLASSES
from services.operate.home.key_life import (
    Row,
    key_files,
    row_from_outside,
    signer_among,
    signing_rows,
)
from services.operate.home.partners import Partner
from services.platform.keys.keystore import read_signer
from services.platform.ports import random_bytes

DAY: Final = 86_400
WEEK: Final = 7 * DAY
EARLIER: Final = 60 * DAY  # signing keys are valid from so long before they are made
LATER: Final = 3 * 365 * DAY  # and until so long after


def write_secret(path: Path, data: bytes) -> None:
    """Write a new file that only its owner can read; in one step, never half there."""
    private_folder(path.parent)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    part.rename(path)


def private_folder(path: Path) -> None:
    """Make a folder that only its owner can enter, and those above it that are missing."""
    if not path.exists():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)  # `parents=True` would leave those open to others


def ensure_secret(path: Path) -> bytes:
    """The 32 random bytes that a file holds, made now if it is missing."""
    if not path.exists():
        write_secret(path, random_bytes(32))
    return path.read_bytes()


def ensure_signing(path: Path, owner: str, at: int) -> tuple[SigningKey, Signer]:
    """The signing key that a file holds, made now if it is missing; its id is the file's name."""
    if not path.exists():
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        key = SigningKey(path.stem, ED25519, owner, public, at - EARLIER, at + LATER)
        write_secret(path, signing_file(private, key))
    return read_signer(path)


def ensure_sealing(
    folder: Path, desk: str, owner: str, classes: Iterable[str], start: int, end: int
) -> None:
    """Make the encryption keys that a desk lacks for a span.

    Args:
        start, end: the keys' periods are those of these instants and all between, seconds.
    """
    for retention in classes:
        for period in periods_of(retention, start, end):
            kid = f"{desk}-{retention.lower()}-{period.label}"
            path = folder / f"{kid}.json"
            if path.exists():
                continue
            private = X25519PrivateKey.generate()
            key = EncryptionKey(
                kid, owner, retention, public_half(private), period.not_before, period.not_after,
                period.not_after + RETENTION_CLASSES[retention] * DAY,
            )  # fmt: skip
            write_secret(path, encryption_file(private, key))


def ensure_keys(
    folder: Path,
    realm: str,
    partners: Iterable[Partner],
    convention: Convention,
    at: int,
    end: int,
) -> None:
    """Make what is missing of a realm's keys in `folder`.

    Args:
        end: until when encryption keys are to be valid, seconds.
    """
    if not key_files(folder, router := f"router-{realm}"):
        ensure_signing(folder / f"{router}-1.json", router_urn(realm), at)
    for partner in partners:
        owner = desk_urn(realm, partner.desk)
        own = folder / partner.desk
        if not key_files(own, stem := f"{partner.desk}-sig"):
            ensure_signing(own / f"{stem}-1.json", owner, at)
        classes = classes_of(convention, realm, partner.role)
        ensure_sealing(own, partner.desk, owner, classes, at, end)


def directory_payload(
    folder: Path,
    realm: str,
    partners: Iterable[Partner],
    convention: Convention,
    *,
    at: int,
    expires: int,
    before: Row,
    ends: Mapping[str, Row],
    outside: Iterable[Row],
) -> dict[str, Any]:
    """A realm's directory over the keys in `folder`; names and secrecy from the convention.

    An encryption key leaves when its private half is to be destroyed: until then an event that was
    put aside may still be released, and is judged by the directory in force at that moment. Signing
    keys leave a year after their end: what they signed lies in no inbox so long.

    Args:
        before: what the last version says, empty of none; a desk whose keys are the same signs
            nothing anew, and its row stays as it was.
        ends: of signing keys that end now: see `key_life.signing_rows`.
        outside: rows of desks whose keys lie elsewhere, as they asked for them.

    Raises:
        DirectoryError: `no_signing_key`.
    """
    listed = before.get("router", {}).get("signing", ())
    router = signing_rows(folder, f"router-{realm}", at, listed, ends)
    known = {row["desk"]: row for row in before.get("desks", ())}
    rows = []
    for partner in partners:
        role = convention.roles[partner.role]
        urn = desk_urn(realm, partner.desk)
        signing, sealing = entries(
            folder / partner.desk, partner.desk, at, known.get(urn, {}), ends
        )
        label = partner.label or role.label
        rows.append(
            desk_entry(
                urn, partner.role, role.bound, label, signing, sealing=sealing, agency=role.agency
            )
        )
    rows += [row_from_outside(row, at, known.get(row["desk"], {}), ends) for row in outside]
    return build_directory(realm, before.get("version", 0) + 1, at, expires, router, rows)


def entries(
    folder: Path,
    desk: str,
    at: int,
    before: Row = MappingProxyType({}),
    ends: Mapping[str, Row] = MappingProxyType({}),
) -> tuple[list[dict[str, Any]], Row | None]:
    """A desk's signing entries, and its encryption keys signed; None of one without keys.

    Args:
        before: the desk's row in the last version, if it is in one.
        ends: of signing keys that end now.
    """
    signing = signing_rows(folder, f"{desk}-sig", at, before.get("signing", ()), ends)
    keys, destroyed = _public_keys(folder, desk, at)
    if not keys:
        return signing, None
    signer = signer_among(folder, signing, at)
    last = before.get("sealing") or {}
    iat = max(at, last.get("iat", at))  # never earlier, though a clock was set back
    made = sealing_row(signer, owner=signer.owner, keys=keys, iat=iat, destroyed=destroyed)
    if all(last.get(name) == made.get(name) for name in ("by", "keys", "destroyed")):
        return signing, last
    kids = {f"{desk}-{kept.lower()}-{label}" for kept, own in keys.items() for label in own}
    revoked = {kid: end for kid, end in last.get("revoked", {}).items() if kid in kids}
    return signing, made | ({"revoked": revoked} if revoked else {})


def _public_keys(
    folder: Path, desk: str, at: int
) -> tuple[dict[str, dict[str, bytes]], dict[str, int]]:
    """Class -> period -> public key of those not yet to be destroyed; and those destroyed."""
    keys: dict[str, dict[str, bytes]] = {}
    destroyed: dict[str, int] = {}
    for path in sorted(folder.glob(f"{desk}-p*.json")):
        kid = path.stem
        named, retention, label = parts_of(kid)
        end = destroy_at_of(kid)
        if named != desk or end is None or end + TOLD_S <= at:
            continue
        data = path.read_bytes()
        since = destroyed_at(data)
        if since is not None and since + TOLD_S > at:
            destroyed[kid] = since
        elif since is None and end > at:
            keys.setdefault(retention, {})[label] = read_encryption_file(data)[0].public
    return keys, destroyed
