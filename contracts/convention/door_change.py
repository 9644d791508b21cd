"""Where a refusal now leads elsewhere: the doors of everything that both files refuse (`diff`).

Doors follow from an issuer's clauses and its colleague's. Only issuers for whom these differ are
asked, about one event, purpose and scope of each kind that their clauses can tell apart: all others
lead to the same doors.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from contracts.convention.change import Atom, Change
from contracts.convention.example import made
from contracts.convention.model import Convention, Grant, Question
from contracts.doors import Door, doors
from contracts.scopes import EVENT_TYPES, NARROW, PURPOSES, REALMS, SCOPES

_ALERTS: Final = ("IP", "SIG")
_PUBLISHED: Final = "STAT"
Found = dict[tuple[Door, bool], tuple[Question, str]]  # door and whether gained -> a refusal


def door_changes(old: Convention, new: Convention) -> Iterator[Change]:
    """For each issuer, the doors that some of its refusals gain, and those that some lose."""
    roles = tuple(dict.fromkeys([*new.roles, *old.roles]))
    for realm, issuer in product(REALMS, roles):
        if _facts(old, realm, issuer, roles) == _facts(new, realm, issuer, roles):
            continue
        moved = _moved(old, new, realm, issuer, roles)
        for gained in (True, False):
            doors_of = {door: shown for (door, way), shown in moved.items() if way is gained}
            if not doors_of:
                continue
            found = sorted(doors_of, key=lambda door: (door.clause, door.role))
            question, scope = doors_of[found[0]]
            what = tuple(f"{d.clause} {d.role} {d.event} {d.purpose}" for d in found)
            atom = Atom("otherwise", "door", what, becomes=("gained" if gained else "lost",))
            example = made(question, [scope], ())
            notes = {"doors": tuple(found)}
            yield Change(atom, realm, issuers=(issuer,), example=example, notes=notes)


def _facts(convention: Convention, realm: str, issuer: str, roles: tuple[str, ...]) -> Any:
    """All that doors of an issuer depend on, whatever the order of the file."""
    spec = convention.roles.get(issuer)
    colleague = spec.colleague if spec is not None else ""
    agencies = [_agency(convention, role) for role in roles]
    return (
        _plain(convention.by_issuer.get((realm, issuer), ())),
        _plain(convention.by_issuer.get((realm, colleague), ())) if colleague else (),
        colleague,
        agencies,
    )


def _plain(grants: tuple[Grant, ...]) -> list[tuple[Any, ...]]:
    return sorted(
        (
            grant.clause, grant.event, grant.purpose, grant.publication, recipient,
            tuple(sorted(grant.scopes)), tuple(sorted(grant.conditions)),
        )
        for grant in grants
        for recipient in grant.recipients
    )  # fmt: skip


def _moved(
    old: Convention, new: Convention, realm: str, issuer: str, roles: tuple[str, ...]
) -> Found:
    grants = _asked(old, realm, issuer) + _asked(new, realm, issuer)
    events = _some(EVENT_TYPES, {*_ALERTS, *(grant.event for grant in grants)})
    purposes = _some(PURPOSES, {grant.purpose for grant in grants})
    others = [role for role in roles if role != issuer]
    recipients = _recipients(old, new, grants, others)
    kinds = {scope: tuple(_lets(grant, scope) for grant in grants) for scope in SCOPES}
    found: Found = {}
    for event, purpose, recipient in product(events, purposes, recipients):
        question = realm, issuer, event, purpose, recipient
        for scope in _refused(kinds, question, old, new):
            asked = realm, issuer, event, (scope,), recipient, purpose
            before, after = set(doors(old, *asked)), set(doors(new, *asked))
            for door in after - before:
                found.setdefault((door, True), (question, scope))
            for door in before - after:
                found.setdefault((door, False), (question, scope))
    return found


def _recipients(
    old: Convention, new: Convention, grants: tuple[Grant, ...], roles: list[str]
) -> list[str]:
    """Those whom clauses name, and of the others one an agency."""
    named = {role for grant in grants for role in grant.recipients}
    found = {
        role if role in named else (_agency(old, role), _agency(new, role)): role for role in roles
    }
    return list(found.values())


def _agency(convention: Convention, role: str) -> str:
    return convention.roles[role].agency if role in convention.roles else ""


def _asked(convention: Convention, realm: str, issuer: str) -> tuple[Grant, ...]:
    spec = convention.roles.get(issuer)
    colleague = spec.colleague if spec is not None else ""
    own = convention.by_issuer.get((realm, issuer), ())
    return own + (convention.by_issuer.get((realm, colleague), ()) if colleague else ())


def _some(known: tuple[str, ...], named: set[str]) -> list[str]:
    """Those that clauses name, and one that none does."""
    others = [word for word in known if word not in named and word != _PUBLISHED]
    return [word for word in known if word in named and word != _PUBLISHED] + others[:1]


def _refused(
    kinds: dict[str, tuple[bool, ...]], question: Question, old: Convention, new: Convention
) -> list[str]:
    """One scope that both refuse of each kind that the grants can tell apart."""
    passes: frozenset[str] = frozenset()
    for convention in (old, new):
        grant = convention.grant(*question)
        passes |= grant.released if grant is not None else frozenset()
    found: dict[tuple[bool, ...], str] = {}
    for scope, kind in kinds.items():
        if scope not in passes:
            found.setdefault(kind, scope)
    return list(found.values())


def _lets(grant: Grant, scope: str) -> bool:
    """Whether a grant releases a scope, or a narrow one of it: as `doors` sees it."""
    return scope in grant.released or any(
        SCOPES[other] == NARROW and other.startswith(f"{scope}.") for other in grant.scopes
    )
