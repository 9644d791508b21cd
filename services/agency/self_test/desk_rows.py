"""The rows that need nobody else: what the directory in force says of a desk, held to the keys that it has."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from contracts.convention.retention import classes_of
from contracts.errors import RelaisError
from contracts.vocabulary.schema import desk_urn
from services.platform.http.problems import ProblemError
from services.platform.self_test.rows import SelfTestRow, cannot, unused, worked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from contracts.keys.directory import Directory
    from services.agency.office.office import Office

DAY_S: Final = 86_400


def token_row(*, is_kept: bool, was_seen: bool) -> SelfTestRow:
    """A token is kept by its hash alone: that it is the desk's, only the desk can show."""
    at = time.time()
    if not is_kept:
        return cannot("token", at, "no_token")
    return worked("token", at) if was_seen else unused("token", "token_not_seen", at)


def directory_row(office: Office, desk: str, now: int) -> SelfTestRow:
    """Every bus of the desk: an entry, a signing key that it holds, and of each class in which a clause lets it receive a key that it can open with.

    Args:
        now: the federation's time, seconds.
    """
    at, days = time.time(), []
    for realm in realms_of(office, desk, now):
        convention, directory = office.agency.in_force(realm, now)
        urn = desk_urn(realm, desk)
        classes = classes_of(convention, realm, directory.role_of(urn))
        if (code := _fault(office, directory, urn, now, classes)) is not None:
            return cannot("directory", at, code)
        days.append((directory.expires - now) // DAY_S)
    if not days:
        return cannot("directory", at, "not_in_directory")
    return worked("directory", at, days=min(days))


def realms_of(office: Office, desk: str, now: int) -> tuple[str, ...]:
    """The buses on which the directory in force names a desk."""
    try:
        return tuple(
            realm
            for realm in office.agency.realms
            if office.agency.in_force(realm, now)[1].desk(desk_urn(realm, desk)) is not None
        )
    except ProblemError:  # nothing is in force
        return ()


def _fault(
    office: Office, directory: Directory, urn: str, now: int, classes: Iterable[str]
) -> str | None:
    if directory.expires <= now:
        return "directory_ended"
    own, ring = office.agency.signers.get(urn), office.agency.rings.get(urn)
    try:
        signs = own is not None and own.valid(directory, now)
    except RelaisError:
        signs = False
    if not signs:
        return "signer_not_listed"
    for retention in classes:
        valid = directory.encryption.valid(urn, retention, now)
        if not valid:
            return "no_key"
        if ring is None or not any(ring.private(key.kid) is not None for key in valid):
            return "key_not_held"
    return None
