"""The clauses nearest to what was refused, and what each asks otherwise: how far a *no* is from a *yes*."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from contracts.convention.model import CHECKED, Convention, Grant
from contracts.decision.conditions import DEPENDS
from contracts.vocabulary.scopes import SCOPES, releases
from services.committee.explain.question_of_event import Facts

MOST: Final = 3
What = Literal["issuer", "recipient", "event", "purpose", "scope", "realm", "condition"]
# What is harder to change weighs more: who one is, then whom one writes to, then what one sends.
_WEIGHT: Final[dict[What, int]] = {
    "realm": 8, "issuer": 6, "recipient": 3, "event": 2, "purpose": 2, "scope": 2,
    "condition": 1,
}  # fmt: skip

# Conditions that read the two desks or what passed between them; all others read what is declared.
_BETWEEN: Final = CHECKED | {"secrecy"}


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that a clause asks otherwise.

    Attributes:
        got: what was asked; `needed`: what the clause says. For a scope that the clause does not
            release, `needed` is `excluded` where the clause says so by name, else empty. Of a
            condition that the event does not meet, `needed`; `got` is the reason.
    """

    what: What
    got: str
    needed: str


@dataclass(frozen=True, slots=True)
class Near:
    """A clause that would answer yes but for what it lacks.

    Attributes:
        conditions: those that nothing here shows to be met or not; they are asked all the same.
    """

    grant: Grant
    issuer: str
    recipient: str
    lacks: tuple[Lack, ...]
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """An attempt: roles, act, purpose (empty: any) and the scopes that were refused."""

    issuer: str
    event: str
    recipient: str
    purpose: str
    scopes: tuple[str, ...]
    realm: str = ""


def nearest(convention: Convention, wanted: Wanted, facts: Facts | None = None) -> tuple[Near, ...]:
    """At most three, nearest first; the same whatever the order of the file.

    Args:
        facts: of an event or example; without, every condition of a near clause is named.
    """
    found = []
    for grant in convention.grants:
        if grant.publication:
            continue
        near = _near(grant, wanted, facts)
        kept = [lack for lack in near.lacks if lack.what == "scope"]
        if wanted.scopes and len(kept) == len(wanted.scopes):
            continue  # it lets nothing of it pass: it is near to nothing
        if near.lacks:
            found.append((_cost(near.lacks), grant.clause, near.recipient, near))
    found.sort(key=lambda one: one[:3])
    return tuple(one[3] for one in found[:MOST])


def _near(grant: Grant, wanted: Wanted, facts: Facts | None) -> Near:
    issuer = wanted.issuer if wanted.issuer in grant.issuers else min(grant.issuers)
    recipient = wanted.recipient if wanted.recipient in grant.recipients else min(grant.recipients)
    if issuer == recipient:  # nobody writes to itself
        issuer = min(set(grant.issuers) - {recipient}, default=issuer)
    pairs: Iterable[tuple[What, str, str]] = (
        ("realm", wanted.realm or grant.realm, grant.realm),
        ("issuer", wanted.issuer, issuer),
        ("recipient", wanted.recipient, recipient),
        ("event", wanted.event, grant.event),
        ("purpose", wanted.purpose or grant.purpose, grant.purpose),
    )
    lacks = [Lack(what, got, needed) for what, got, needed in pairs if got != needed]
    lacks += [
        Lack("scope", scope, "excluded" if scope in grant.traps else "")
        for scope in SCOPES
        if scope in wanted.scopes and not releases(grant.scopes, scope)
    ]
    same = (issuer, recipient) == (wanted.issuer, wanted.recipient)
    unmet, unknown = _conditions(grant, facts, same=same)
    return Near(grant, issuer, recipient, (*lacks, *unmet), unknown)


def _conditions(
    grant: Grant, facts: Facts | None, *, same: bool
) -> tuple[tuple[Lack, ...], tuple[str, ...]]:
    """What the event does not meet, and what it does not show.

    Args:
        same: between the desks of the event; else nothing is known of these two.
    """
    found = facts.judged(grant) if facts is not None else dict.fromkeys(grant.conditions, DEPENDS)
    shown = {name: why for name, why in found.items() if same or name not in _BETWEEN}
    lacks = [
        Lack("condition", why, name) for name, why in shown.items() if why not in (None, DEPENDS)
    ]
    unknown = [name for name in found if shown.get(name, DEPENDS) == DEPENDS]
    return tuple(lacks), tuple(unknown)


def _cost(lacks: tuple[Lack, ...]) -> int:
    return sum(_WEIGHT[lack.what] for lack in lacks)
