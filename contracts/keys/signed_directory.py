"""The signed form of the directory: build, sign, check and load it (keys §2).

A signing key enters with proof of possession: its own signature of its own entry. A desk's
encryption keys are signed by a signing key of the same desk, so that whoever keeps the directory
cannot slip in a key of his own. `revoked` stands outside these signatures: it is the keeper's to
add.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from contracts.encoding import b64u, canonical, digest, parse, sha256, unb64u
from contracts.errors import DirectoryError, EnvelopeError
from contracts.keys.checked_desk import CheckedDesk, check_desk, check_signing, signed_bytes
from contracts.keys.directory import DeskEntry, Directory, EncryptionKey, SigningKey
from contracts.keys.directory_form import DeskRow, DirectoryFile, read_form
from contracts.keys.jose import Signing, open_jws, sign_jws
from contracts.keys.sealing_keys import EncryptionKeys
from contracts.keys.sealing_kinds import coordinates, sealing_member
from contracts.vocabulary.schema import realm_of, router_urn
from contracts.vocabulary.scopes import ROLES
from contracts.vocabulary.topics import MAX_ORDER_BYTES

DIRECTORY_TYP: Final = "referral-directory+jwt"
_LIMIT: Final = MAX_ORDER_BYTES * 3 // 4  # characters of the token


def signing_entry(
    signer: Signing, public: bytes, owner: str, not_before: int, not_after: int
) -> dict[str, Any]:
    """A signing key's entry with its proof of possession."""
    entry: dict[str, Any] = {
        "alg": signer.alg, "kid": signer.kid, **coordinates(public),
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
        before: another one of the realm: rows that it has too are not verified again.

    Raises:
        EnvelopeError: those of `jose.open_jws`.
        DirectoryError: those of `check_directory`.
    """
    jws = open_jws(token, DIRECTORY_TYP, owners, at=None, place="directory", limit=_LIMIT)
    # Another realm's rows prove nothing here.
    is_same = before is not None and jws.claims.get("realm") == before.realm
    return _checked(jws.claims, digest(jws.payload), before.checked if before and is_same else {})


def load_head(token: str, owners: Mapping[str, SigningKey]) -> Directory:
    """Verify a signed directory, and load it without its desks: their rows are not even parsed.

    What `load_directory` takes has this head; not all that has a head is taken by `load_directory`.

    Args:
        owners: as `load_directory` has them.

    Raises:
        EnvelopeError, DirectoryError: those of `load_directory`, or others.
    """
    jws = open_jws(
        token, DIRECTORY_TYP, owners, at=None, place="directory", limit=_LIMIT, read=_parse_head
    )
    return _checked({**jws.claims, "desks": []}, digest(jws.payload), {})


def _parse_head(payload: bytes, /, *, limit: int, place: str) -> dict[str, Any]:
    """The members behind the desks, which come first in canonical JSON.

    No string holds the text between the two, since its quotes would be escaped.
    """
    end = payload.rfind(b'],"exp":')
    if end < 0 or not payload.startswith(b'{"desks":['):
        raise EnvelopeError("not_canonical", "other bytes", "canonical JSON", place)
    return parse(b"{" + payload[end + 2 :], limit=limit, place=place)


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
    file = read_form(DirectoryFile, canonical(_without_rows(payload)), "a directory")
    if file.exp <= file.iat:
        raise DirectoryError("wrong_lifetime", "`exp` before `iat`", "after", "exp")
    if realm_of(file.router.router) != file.realm:
        raise DirectoryError("wrong_realm", "another realm", file.realm, "router")
    checked: dict[bytes, CheckedDesk] = {}
    for row in payload["desks"]:
        text = canonical(row)
        hashed = sha256(text)
        desk = known.get(hashed) or check_desk(read_form(DeskRow, text, "a desk"), file.realm)
        checked[hashed] = desk
    desks = list(checked.values())
    router = (check_signing(entry, file.router.router) for entry in file.router.signing)
    signing = _each_once([*router, *(key for desk in desks for key in desk.signing)])
    return Directory(
        file.realm, file.version, digest_, file.iat, file.exp,
        _desks(desks, len(payload["desks"])), signing, _encryption(desks, signing), checked,
    )  # fmt: skip


def _without_rows(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload with empty rows: they are read one by one, and megabytes are parsed once."""
    rows = payload.get("desks")
    if isinstance(rows, list):
        rows = [{} if isinstance(row, dict) else row for row in rows]
    return {**payload, "desks": rows}


def _desks(checked: list[CheckedDesk], rows: int) -> dict[str, DeskEntry]:
    desks: dict[str, DeskEntry] = {}
    agencies: dict[str, str] = {}  # role -> agency
    for entry in (desk.entry for desk in checked):
        agency = agencies.setdefault(entry.role, ROLES.get(entry.role, entry.agency))
        if entry.agency != agency:  # a role acts for one house
            raise DirectoryError("wrong_agency", "another", agency, entry.desk)
        if entry.desk in desks:
            raise DirectoryError("desk_twice", "a second row", "one a desk", entry.desk)
        desks[entry.desk] = entry
    if len(desks) < rows:
        raise DirectoryError("desk_twice", "the same row", "one a desk", "desks")
    return desks


def _each_once(keys: list[SigningKey]) -> dict[str, SigningKey]:
    signing: dict[str, SigningKey] = {}
    for key in keys:
        if key.kid in signing:
            raise DirectoryError("kid_twice", "a second entry", "one a key", key.kid)
        signing[key.kid] = key
    return signing


def _encryption(desks: list[CheckedDesk], signing: Mapping[str, SigningKey]) -> EncryptionKeys:
    keys: dict[str, EncryptionKey] = {}
    destroyed: set[str] = set()
    issued: dict[str, int] = {}
    for sealing in (desk.sealing for desk in desks):
        keys |= sealing
        destroyed |= sealing.destroyed
        issued |= sealing.issued
    if twice := signing.keys() & keys.keys():
        raise DirectoryError("kid_twice", "a second entry", "one a key", min(twice))
    return EncryptionKeys(keys, destroyed, issued)


def check_follows(made: Directory, before: Directory) -> None:
    """Refuse a later version in which a desk's keys go back: a stolen one would be listed again.

    Raises:
        DirectoryError: `sealing_older`.
    """
    if before.version < made.version and (desk := made.encryption.older_than(before.encryption)):
        raise DirectoryError("sealing_older", "keys of before", "no earlier `iat`", desk)
