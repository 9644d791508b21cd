"""Where a refusal now leads elsewhere: the doors of everything that both files refuse (`diff`).

Doors follow from an issuer's clauses and its colleague's. Only issuers for whom these differ are
asked, about one event, purpose and scope of each kind that their clauses can tell apart: all others
lead to the same doors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, product
from math import prod
from typing import Any, Final

from contracts.convention.model import Convention, Grant, Question
from contracts.decision.doors import Door, doors
from contracts.vocabulary.scopes import EVENT_TYPES, NARROW, PURPOSES, REALMS, SCOPES
from services.committee.cases.synthetic_event import made
from services.committee.diff.change import Atom, Change

_ALERTS: Final = ("IP", "SIG")
_PUBLISHED: Final = "STAT"
# Ways that may be looked at, of all clauses of an issuer to anybody, for all that it may be refused:
# the shipped versions take 2 million, a second's work each. Without a bound a file of 200 KB takes minutes.
EFFORT: Final = 20_000_000
_EACH: Final = 20  # what a question takes besides, in ways
# Door and whether gained -> a refusal: event, purpose and recipient, and a scope.
Found = dict[tuple[Door, bool], tuple[tuple[str, str, str], str]]


@dataclass(frozen=True, slots=True, eq=False)  # itself, whatever it holds
class _Asker:
    """Issuers of one realm whose refusals lead to the same doors: the first of them is asked for all.

    Attributes:
        grants: by which its doors can be found, in both files.
        wishes: (events, purposes, recipients) to be asked about.
        kinds: scope -> which grants let it pass.
    """

    realm: str
    issuers: tuple[str, ...]
    wishes: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    kinds: dict[str, tuple[bool, ...]]
    effort: int


def door_changes(old: Convention, new: Convention) -> Iterator[Change]:
    """For each issuer, the doors that some of its refusals gain, and those that some lose.

    Those that take least are asked first; whom EFFORT does not suffice for, it is said that its
    doors may have changed.
    """
    askers = _askers(old, new)
    within = _within(askers)
    found = {one: _moved(old, new, one) for one in within}
    whose = {(one.realm, issuer): one for one in askers for issuer in one.issuers}
    for realm, issuer in product(REALMS, _roles(old, new)):
        asker = whose.get((realm, issuer))
        if asker in found:
            yield from _changes(asker, issuer, found[asker])
        elif asker is not None:
            yield Change(Atom("otherwise", "doors", (issuer,)), realm, issuers=(issuer,))


def _within(askers: list[_Asker]) -> list[_Asker]:
    """As many of those who take least as EFFORT suffices for."""
    ordered = sorted(askers, key=lambda one: one.effort)
    spent = accumulate(one.effort for one in ordered)
    return [one for one, total in zip(ordered, spent, strict=True) if total <= EFFORT]


def _roles(old: Convention, new: Convention) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*new.roles, *old.roles]))


def _changes(asker: _Asker, issuer: str, moved: Found) -> Iterator[Change]:
    for gained in (True, False):
        doors_of = {door: shown for (door, way), shown in moved.items() if way is gained}
        if not doors_of:
            continue
        found = sorted(doors_of, key=lambda door: (door.clause, door.role))
        (event, purpose, recipient), scope = doors_of[found[0]]
        # Whoever is asked for others may have been refused towards one of these.
        whom = asker.issuers[0] if recipient == issuer else recipient
        what = tuple(f"{d.clause} {d.role} {d.event} {d.purpose}" for d in found)
        atom = Atom("otherwise", "door", what, becomes=("gained" if gained else "lost",))
        example = made((asker.realm, issuer, event, purpose, whom), [scope], ())
        notes = {"doors": tuple(found)}
        yield Change(atom, asker.realm, issuers=(issuer,), example=example, notes=notes)


def _askers(old: Convention, new: Convention) -> list[_Asker]:
    """Issuers for whom what doors follow from has changed, those who are alike together."""
    roles = _roles(old, new)
    alike: dict[tuple[str, str], list[str]] = {}
    for realm, issuer in product(REALMS, roles):
        facts = _facts(old, realm, issuer, roles), _facts(new, realm, issuer, roles)
        if facts[0] != facts[1]:
            grants = _asked(old, realm, issuer) + _asked(new, realm, issuer)
            named = any(issuer in grant.recipients for grant in grants)
            own = _agency(old, issuer), _agency(new, issuer), named
            alike.setdefault((realm, repr((facts, own))), []).append(issuer)
    return [_asker(old, new, realm, issuers, roles) for (realm, _), issuers in alike.items()]


def _asker(
    old: Convention, new: Convention, realm: str, issuers: list[str], roles: tuple[str, ...]
) -> _Asker:
    issuer = issuers[0]
    grants = _asked(old, realm, issuer) + _asked(new, realm, issuer)
    events = _some(EVENT_TYPES, {*_ALERTS, *(grant.event for grant in grants)})
    purposes = _some(PURPOSES, {grant.purpose for grant in grants})
    others = [role for role in roles if role != issuer]
    wishes = tuple(events), tuple(purposes), tuple(_recipients(old, new, grants, others))
    kinds = {scope: tuple(_lets(grant, scope) for grant in grants) for scope in SCOPES}
    pairs = sum(len(grant.recipients) for grant in grants)
    asked = len(set(kinds.values())) * prod(len(one) for one in wishes)
    return _Asker(realm, tuple(issuers), wishes, kinds, asked * (pairs + _EACH) if grants else 0)


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


def _moved(old: Convention, new: Convention, asker: _Asker) -> Found:
    found: Found = {}
    realm, issuer = asker.realm, asker.issuers[0]
    for event, purpose, recipient in product(*asker.wishes) if asker.effort else ():
        question = realm, issuer, event, purpose, recipient
        for scope in _refused(asker.kinds, question, old, new):
            asked = realm, issuer, event, (scope,), recipient, purpose
            before, after = set(doors(old, *asked)), set(doors(new, *asked))
            for door in after - before:
                found.setdefault((door, True), (question[2:], scope))
            for door in before - after:
                found.setdefault((door, False), (question[2:], scope))
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
