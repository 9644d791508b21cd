"""The signed form of the directory: build, sign, check and load it (keys §2).

A signing key enters with proof of possession: its own signature of its own entry. A desk's
encryption keys are signed by a signing key of the same desk, so that whoever keeps the directory
cannot slip in a key of his own. `revoked` stands outside these signatures: it is the keeper's to
add.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from contracts.encoding import b64u, canonical, digest, sha256, unb64u
from contracts.errors import DirectoryError
from contracts.keys.checked_desk import CheckedDesk, check_desk, check_signing, signed_bytes
from contracts.keys.directory import DeskEntry, Directory, SigningKey
from contracts.keys.directory_form import DeskRow, DirectoryFile, read_form
from contracts.keys.jose import Signing, open_jws, sign_jws
from contracts.keys.known_rows import parse_rows
from contracts.keys.sealing_keys import DeskKeys, EncryptionKeys
from contracts.keys.sealing_kinds import sealing_member
from contracts.keys.verification import public_members
from contracts.vocabulary.schema import realm_of, router_urn
from contracts.vocabulary.scopes import ROLES
from contracts.vocabulary.topics import MAX_ORDER_BYTES

DIRECTORY_TYP: Final = "referral-directory+jwt"
_LIMIT: Final = MAX_ORDER_BYTES * 3 // 4  # characters of the token


class Head(NamedTuple):
    """The members of a directory that are no rows, as `Directory` has them."""

    realm: str
    version: int
    digest: str
    issued: int
    expires: int


class Parts(NamedTuple):
    """A directory that was checked, kept small: it shares its rows with the versions beside it."""

    head: Head
    router: tuple[SigningKey, ...]
    desks: tuple[CheckedDesk, ...]


def signing_entry(
    signer: Signing, public: bytes, owner: str, not_before: int, not_after: int
) -> dict[str, Any]:
    """A signing key's entry with its proof of possession."""
    entry: dict[str, Any] = {
        "alg": signer.alg, "kid": signer.kid, **public_members(signer.alg, public),
        "not_before": not_before, "not_after": not_after,
    }  # fmt: skip
    return {**entry, "proof": b64u(signer.sign(signed_bytes("signing-key", owner, entry)))}


def sealing_row(
    signer: Signing,
    *,
    owner: str,
    keys: Mapping[str, Mapping[str, bytes]],
    iat: int,
    destroyed: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, Any]:
    """A desk's encryption keys under its own signature.

    Args:
        signer: a signing key of the desk `owner`, valid at `iat`.
        keys: P7, P30 or P90 -> period (`2026w48`, `2026m11`) -> public key.
        destroyed: key id -> when its private half was destroyed, of keys that are listed no more.
    """
    row = {
        "by": signer.kid, "iat": iat,
        "keys": {
            kept: {week: sealing_member(public) for week, public in weeks.items()}
            for kept, weeks in keys.items()
        },
        **({"destroyed": dict(destroyed)} if destroyed else {}),
    }  # fmt: skip
    return {**row, "sig": b64u(signer.sign(signed_bytes("sealing-keys", owner, row)))}


def desk_entry(
    desk: str,
    role: str,
    secrecy: bool,
    label: Mapping[str, str],
    signing: Iterable[Mapping[str, Any]],
    sealing: Mapping[str, Any] | None = None,
    *,
    agency: str = "",
    reads: Iterable[str] = (),
) -> dict[str, Any]:
    """A desk's row.

    Args:
        sealing: made by `sealing_row`, None if the desk receives nothing.
        agency: of a role that only a convention knows; the others' is known.
        reads: versions of acts that it reads; none said: the first of each.
    """
    row: dict[str, Any] = {
        "desk": desk, "role": role, "agency": ROLES.get(role, agency), "secrecy": secrecy,
        "label": dict(label), "signing": list(signing),
    }  # fmt: skip
    if sealing is not None:
        row["sealing"] = dict(sealing)
    if versions := sorted(set(reads)):
        row["reads"] = versions
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


def directory_digest(token: str) -> str:
    """The digest by which an order names a directory, of its token: b64u(SHA-256(C(payload))).

    Raises:
        EnvelopeError: `base64_not_canonical`.
    """
    return digest(unb64u(token.split(".")[1]))


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
    realm, known = (before.realm, before.checked) if before is not None else ("", {})

    def read(payload: bytes, /, *, limit: int, place: str) -> dict[str, Any]:
        return parse_rows(payload, realm, known, limit=limit, place=place)

    jws = open_jws(
        token, DIRECTORY_TYP, owners, at=None, place="directory", limit=_LIMIT, read=read
    )
    is_same = jws.claims.get("realm") == realm  # another realm's rows prove nothing here
    return _checked(jws.claims, digest(jws.payload), known if is_same else {})


def check_directory(payload: Mapping[str, Any]) -> Directory:
    """The directory that a payload describes, if it is coherent and every key proves itself.

    Raises:
        DirectoryError: `malformed`, `wrong_lifetime`, `wrong_realm`, `wrong_agency`, `desk_twice`,
            `kid_twice`, those of `checked_desk.check_desk`.
    """
    return _checked(payload, digest(canonical(payload)), {})


def _checked(
    payload: Mapping[str, Any], digest_: str, known: Mapping[bytes, CheckedDesk]
) -> Directory:
    """The same, with the hash in the place of each row that is known."""
    rows = payload.get("desks")
    new = [row for row in rows if type(row) is not bytes] if isinstance(rows, list) else rows
    file = read_form(DirectoryFile, canonical({**payload, "desks": new}), "a directory")
    if file.exp <= file.iat:
        raise DirectoryError("wrong_lifetime", "`exp` before `iat`", "after", "exp")
    if realm_of(file.router.router) != file.realm:
        raise DirectoryError("wrong_realm", "another realm", file.realm, "router")
    found = _Loading()
    for entry in file.router.signing:
        found.take_signing(check_signing(entry, file.router.router))
    for row in payload["desks"]:
        text = b"" if type(row) is bytes else canonical(row)
        hashed = sha256(text) if text else row
        desk = known.get(hashed) or check_desk(read_form(DeskRow, text, "a desk"), file.realm)
        found.take_desk(hashed, desk)
    return found.directory(Head(file.realm, file.version, digest_, file.iat, file.exp))


def parts_of(directory: Directory) -> Parts:
    """What a directory is put together from again."""
    one, router = directory, router_urn(directory.realm)
    return Parts(
        Head(one.realm, one.version, one.digest, one.issued, one.expires),
        tuple(key for key in one.signing.values() if key.owner == router),
        tuple(one.checked.values()),
    )


def put_together(parts: Parts) -> Directory:
    """The directory of these parts, equal to the one that was checked."""
    found = _Loading()
    for key in parts.router:
        found.take_signing(key)
    for desk in parts.desks:
        found.take_desk(b"", desk)
    return replace(found.directory(parts.head), checked={})


def check_follows(made: Directory, before: Directory) -> None:
    """Refuse a later version in which a desk's keys go back: a stolen one would be listed again.

    Raises:
        DirectoryError: `sealing_older`.
    """
    if before.version < made.version and (desk := made.encryption.older_than(before.encryption)):
        raise DirectoryError("sealing_older", "keys of before", "no earlier `iat`", desk)


class _Loading:
    """What a directory's rows come to, together."""

    def __init__(self) -> None:
        self.checked: dict[bytes, CheckedDesk] = {}
        self.desks: dict[str, DeskEntry] = {}
        self.signing: dict[str, SigningKey] = {}
        self.sealing: dict[str, DeskKeys] = {}
        self.agencies: dict[str, str] = {}  # role -> agency

    def directory(self, head: Head) -> Directory:
        """The directory, once all rows were taken."""
        encryption = EncryptionKeys(self.sealing)
        for kid in self.signing:
            if kid in encryption:
                raise DirectoryError("kid_twice", "a second entry", "one a key", kid)
        return Directory(*head, self.desks, self.signing, encryption, self.checked)

    def take_desk(self, hashed: bytes, desk: CheckedDesk) -> None:
        entry = desk.entry
        agency = self.agencies.setdefault(entry.role, ROLES.get(entry.role, entry.agency))
        if entry.agency != agency:  # a role acts for one house
            raise DirectoryError("wrong_agency", "another", agency, entry.desk)
        if entry.desk in self.desks:
            raise DirectoryError("desk_twice", "a second row", "one a desk", entry.desk)
        self.checked[hashed] = desk
        self.desks[entry.desk] = entry
        for signing in desk.signing:
            self.take_signing(signing)
        if desk.sealing is not None:
            self.sealing[desk.sealing.desk] = desk.sealing

    def take_signing(self, key: SigningKey) -> None:
        if key.kid in self.signing:
            raise DirectoryError("kid_twice", "a second entry", "one a key", key.kid)
        self.signing[key.kid] = key
