"""One row of the directory: its keys prove themselves, and it depends on no other (keys §2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

from contracts.encoding import canonical, framed, unb64u
from contracts.errors import DirectoryError, EnvelopeError
from contracts.keys.directory_form import (
    DeskRow,
    EcKey,
    SealingRow,
    SigningEntry,
)
from contracts.keys.entries import DeskEntry, EncryptionKey, SigningKey
from contracts.keys.jose import verify_bytes
from contracts.keys.sealing_keys import DAY, WEEKLY, EncryptionKeys, parts_of, window_of
from contracts.keys.sealing_kinds import check_sealing, read_member
from contracts.keys.verification import check_public, read_public
from contracts.vocabulary.principals import is_agency
from contracts.vocabulary.schema import realm_of, short
from contracts.vocabulary.scopes import RETENTION_CLASSES

T = TypeVar("T")

KEEPERS: Final = ("revoked", "reason", "since")  # members that no signature of a desk covers
_ROLE: Final = re.compile(r"[A-Z][A-Z0-9-]{0,15}\Z")


class CheckedDesk(NamedTuple):
    """A desk's row, every key of which has proved itself."""

    entry: DeskEntry
    signing: tuple[SigningKey, ...]
    sealing: EncryptionKeys


def check_desk(row: DeskRow, realm: str) -> CheckedDesk:
    """A row by itself: nothing of it depends on another one.

    Raises:
        DirectoryError: `wrong_realm`, `unknown_role`, `wrong_agency`, `malformed`,
            `wrong_lifetime`, `wrong_key_size`, `key_not_canonical`, `key_of_small_order`,
            `key_not_on_curve`, `no_such_period`, `unknown_key`, `no_possession`,
            `not_signed_by_desk`.
    """
    if realm_of(row.desk) != realm:
        raise DirectoryError("wrong_realm", "another realm", realm, row.desk)
    if not _ROLE.match(row.role):
        raise DirectoryError("unknown_role", "another", "a role of the convention", row.desk)
    if not is_agency(row.agency):
        raise DirectoryError("wrong_agency", "another", "an agency's name", row.desk)
    if row.reads is not None and list(row.reads) != sorted(set(row.reads)):
        raise DirectoryError("malformed", "another order", "`reads` sorted, each once", row.desk)
    entry = DeskEntry(
        row.desk, _shared(row.role), _shared(row.agency), row.secrecy, row.label.wire(),
        _shared(row.reads),
    )  # fmt: skip
    signing = tuple(check_signing(one, row.desk) for one in row.signing)
    own = {key.kid: key for key in signing}
    sealing = _sealing(row.sealing, row.desk, own) if row.sealing is not None else EncryptionKeys()
    return CheckedDesk(entry, signing, sealing)


@lru_cache(maxsize=4096)
def check_signing(entry: SigningEntry, owner: str) -> SigningKey:
    """A signing key that has signed its own entry, for its owner.

    A desk's row changes with its encryption keys, most of its signing keys stay: checked once.

    Raises:
        DirectoryError: `malformed`, `wrong_lifetime`, `wrong_key_size`, `key_not_canonical`,
            `key_of_small_order`, `key_not_on_curve`, `no_possession`.
    """
    _check_lifetime(entry)
    try:
        public = read_public(entry.alg, entry.x, entry.y)
    except EnvelopeError:
        raise _not_canonical(entry.kid) from None
    check_public(entry.alg, public, entry.kid)
    key = SigningKey(
        entry.kid, entry.alg, owner, public, entry.not_before, _end(entry),
        entry.reason or "", entry.since, entry.not_after,
    )  # fmt: skip
    _check_signature(key, "signing-key", owner, entry, "proof", "no_possession")
    return key


def _sealing(row: SealingRow, owner: str, signing: Mapping[str, SigningKey]) -> EncryptionKeys:
    by = _signed_by(row, signing, owner)
    _check_signature(by, "sealing-keys", owner, row, "sig", "not_signed_by_desk")
    keys = {}
    for retention, periods in row.keys.items():
        for label, member in periods.items():
            key = _sealing_key(owner, retention, label, member, row.revoked or {})
            keys[key.kid] = key
    if not keys.keys() >= (row.revoked or {}).keys():
        raise DirectoryError("unknown_key", "a revoked key", "one of the desk's", owner)
    for kid in row.destroyed or ():
        if kid in keys or parts_of(kid)[0] != short(owner):
            raise DirectoryError("unknown_key", "a destroyed key", "one listed no more", owner)
    return EncryptionKeys(keys, row.destroyed or (), {owner: row.iat})


def _sealing_key(
    owner: str, retention: str, label: str, member: str | EcKey, revoked: Mapping[str, int]
) -> EncryptionKey:
    if (label[4] == "w") != (retention == WEEKLY):
        raise DirectoryError("no_such_period", "another class's", "a week or month", owner)
    start, end = window_of(label)
    kid = f"{short(owner)}-{retention.lower()}-{label}"
    return EncryptionKey(
        kid, owner, retention, _sealing_public(member, kid), start,
        min(end, revoked.get(kid, end)), end + RETENTION_CLASSES[retention] * DAY,
    )  # fmt: skip


def _sealing_public(member: str | EcKey, place: str) -> bytes:
    try:
        public = read_member(member)
    except EnvelopeError:
        raise _not_canonical(place) from None
    check_sealing(public, place)
    return public


@lru_cache(maxsize=1024)
def _shared(value: T) -> T:
    """The same object for equal values: all desks say the same roles, houses and periods."""
    return value


def _signed_by(entry: SealingRow, signing: Mapping[str, SigningKey], place: str) -> SigningKey:
    """The desk's own signing key that an entry names, valid and not stolen when it was made."""
    by = signing.get(entry.by)
    doubtful = by is not None and by.since is not None and by.since <= entry.iat
    if by is None or doubtful or not by.not_before <= entry.iat < by.not_after:
        raise DirectoryError("not_signed_by_desk", "another key", "one of its own", place)
    return by


def _check_lifetime(entry: SigningEntry) -> None:
    """A reason is that of an end; what is stolen is in doubt from no later than its end on."""
    if entry.not_after <= entry.not_before:
        raise DirectoryError("wrong_lifetime", "an end before its start", "after", entry.kid)
    if entry.reason is not None and entry.revoked is None:
        raise DirectoryError("wrong_lifetime", "a reason without an end", "`revoked`", entry.kid)
    if (entry.since is not None) != (entry.reason == "stolen"):
        raise DirectoryError("wrong_lifetime", "another `since`", "of a stolen key", entry.kid)
    if entry.since is not None and entry.since > (entry.revoked or 0):
        raise DirectoryError("wrong_lifetime", "doubt after the end", "before", entry.kid)


def _end(entry: SigningEntry) -> int:
    """A revoked key ends at its revocation."""
    return entry.not_after if entry.revoked is None else min(entry.not_after, entry.revoked)


def _not_canonical(kid: str) -> DirectoryError:
    return DirectoryError("key_not_canonical", "trailing bits", "canonical text", kid)


def signed_bytes(label: str, owner: str, entry: Mapping[str, Any]) -> bytes:
    """What an entry's signature covers; framed, so that it is never a JWS signing input."""
    return framed("relais", label, owner, canonical(entry))


def _check_signature(
    key: SigningKey,
    label: str,
    owner: str,
    entry: SigningEntry | SealingRow,
    name: str,
    code: str,
) -> None:
    wire = {member: value for member, value in entry.wire().items() if member not in KEEPERS}
    try:
        signature = unb64u(wire.pop(name))
        verify_bytes(key, signed_bytes(label, owner, wire), signature)
    except EnvelopeError:
        place = owner if isinstance(entry, SealingRow) else entry.kid
        raise DirectoryError(code, "a signature that does not verify", "", place) from None
