"""Unsigned events for `decide`, which never looks at a signature: built fast, by the thousand."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import shipped
from contracts.encoding import b64u, digest
from contracts.envelope.event import Event, Head
from contracts.envelope.model import Cover
from contracts.keys.directory import DeskEntry, Directory, EncryptionKey
from contracts.keys.sealing_keys import EncryptionKeys
from contracts.vocabulary.schema import desk_urn, router_urn
from contracts.vocabulary.scopes import RETENTION_CLASSES, ROLES

CONVENTION: Convention = load(shipped(), "shipped")
AT = 1_788_760_800  # Monday 7 September 2026, 08:00 in Paris
SUB = b64u(bytes(32))
FAR = 2**40
EVERYTHING: dict[str, Any] = {
    "informed": {"parents": "informed", "minor": "informed"},
    "call": {"to": "duty_magistrate", "at": AT, "ref": b64u(bytes(16))},
    "auth": b64u(bytes(16)),
    "danger": True,
    "inquiry": False,
    "parents_told": "written",
    "parents_agree": True,
    "measure_open": True,
}
BOUND = frozenset({"EDU-S", "PJJ", "CRIP", "ASE", "PMI", "HOME", "MO", "ASSO", "PSP"})


def desk_of(role: str) -> str:
    """The short id of the one desk that a role has here."""
    return role.lower()


def directory(realm: str = "civil") -> Directory:
    """One desk a role, a key for each retention class, valid for ever."""
    desks, encryption = {}, {}
    for role, agency in ROLES.items():
        urn = desk_urn(realm, desk_of(role))
        desks[urn] = DeskEntry(urn, role, agency, role in BOUND, {"fr": role, "en": role})
        for retention in RETENTION_CLASSES:
            kid = f"{desk_of(role)}-{retention.lower()}"
            key = EncryptionKey(kid, urn, retention, bytes(32), 0, FAR, FAR)
            encryption[kid] = key
    return Directory(realm, 1, digest("dir"), 0, FAR, desks, {}, EncryptionKeys(encryption))


DIRECTORIES = {"civil": directory("civil"), "criminal": directory("criminal")}


def jti(number: int) -> str:
    """A well-formed event id."""
    return f"01900000-0000-7000-8000-{number:012x}"


@lru_cache(maxsize=4096)
def head(number: int, urn: str, scope: str, kid: str) -> Head:
    """A part's head; the same one for all events of a number."""
    name, rest, pth = map(digest, (f"{number}{urn}{scope}", "rest", "pth"))
    return Head(name, "head", rest, urn, scope, kid, pth)


def event(
    issuer: str,
    etype: str,
    to: list[dict[str, Any]],
    *,
    number: int = 1,
    realm: str = "civil",
    declared: dict[str, Any] | None = None,
    **claims: Any,
) -> Event:
    """An event from a role.

    Args:
        to: addressees as `{role, purpose, scopes, keep?, re?}`.
    """
    heads: list[Head] = []
    addressees = []
    for one in to:
        urn = desk_urn(realm, desk_of(one["role"]))
        parts = []
        kid = f"{desk_of(one['role'])}-{one.get('keep', 'P30').lower()}"
        for scope in one.get("scopes", ()):
            heads.append(head(number, urn, scope, kid))
            parts.append(heads[-1].digest)
        entry = {"desk": urn, "purpose": one.get("purpose"), "slip": digest(f"slip{urn}")}
        entry |= {"parts": tuple(sorted(parts)) or None, "re": one.get("re")}
        addressees.append({name: value for name, value in entry.items() if value is not None})
    cover = Cover.model_validate(
        {
            "iss": desk_urn(realm, desk_of(issuer)), "jti": jti(number), "iat": AT,
            "exp": AT + 86_400, "realm": realm, "etype": etype, "convd": CONVENTION.digest,
            "sub": SUB, "aud": router_urn(realm), "to": tuple(addressees),
            **({"declared": declared} if declared is not None else {}), **claims,
        },
        strict=False,
    )  # fmt: skip
    return Event(cover, "token", digest(f"cover{number}"), tuple(heads))


def ref(role: str, number: int, realm: str = "civil") -> dict[str, str]:
    """A reference to an earlier event."""
    return {"iss": desk_urn(realm, desk_of(role)), "jti": jti(number)}
