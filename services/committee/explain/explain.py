"""One attempt, answered: what would pass, by which clause, what would not and why, which door.

Without a purpose every purpose is answered: a scope counts as released if one of them releases it.
Roles know no case: conditions are named, not judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.convention import hard_denials
from contracts.convention.clauses import BUS
from contracts.convention.model import Convention
from contracts.convention.rows import Row, in_order
from contracts.decision.conditions import scope_reasons
from contracts.decision.doors import Door, doors
from contracts.errors import UsageError
from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import DECLARED
from contracts.vocabulary.scopes import EVENT_TYPES, REALMS, SCOPES, releases


@dataclass(frozen=True, slots=True)
class ClauseAnswer:
    """What one clause says to the attempt.

    Attributes:
        row: the grant between these two roles.
        released: asked scopes that pass if the conditions hold.
        narrower: scopes that pass instead of a wider one that was asked.
    """

    row: Row
    released: tuple[str, ...]
    narrower: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole answer; `wire` for programs, `voices.told` for people."""

    convention: Convention = field(repr=False)
    issuer: str
    event: str
    recipient: str
    asked: tuple[str, ...]
    answers: tuple[ClauseAnswer, ...]
    withheld: dict[str, tuple[str, ...]]
    door: tuple[Door, ...] = ()

    @property
    def released(self) -> tuple[str, ...]:
        """Asked scopes that some clause lets pass."""
        return tuple(scope for scope in self.asked if scope not in self.withheld)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why no clause answers; empty if one does."""
        return () if self.answers else (_none(self.convention, self.recipient),)

    @property
    def clauses(self) -> tuple[str, ...]:
        """Ids of the clauses that answer."""
        return tuple(dict.fromkeys(answer.row.grant.clause for answer in self.answers))

    def carried(self, door: Door) -> frozenset[str]:
        """Which of the withheld scopes a door lets through: its own clause, or a colleague's."""
        passing: set[str] = set()
        for grant in self.convention.by_clause[door.clause]:
            if (grant.event, grant.purpose) != (door.event, door.purpose):
                continue
            own = self.issuer in grant.issuers and door.role in grant.recipients
            if not own and door.role not in grant.issuers:
                continue
            sender = self.issuer if own else door.role
            for whom in (door.role,) if own else grant.recipients:
                passing |= {
                    scope
                    for scope in self.withheld
                    if not scope_reasons(grant, sender, whom, scope, None)
                }
        return frozenset(passing)

    def wire(self) -> dict[str, Any]:
        """`released`, `withheld`, `clauses` and `door`, and the rest."""
        return {
            "issuer": self.issuer,
            "event": self.event,
            "recipient": self.recipient,
            "convention": {
                "id": self.convention.id, "version": self.convention.version,
                "digest": self.convention.digest,
            },
            "released": list(self.released),
            "withheld": [
                {"scope": scope, "reasons": list(why)} for scope, why in self.withheld.items()
            ],
            "reasons": list(self.reasons),
            "clauses": list(self.clauses),
            "door": [
                {
                    "clause": d.clause, "role": d.role, "event": d.event, "purpose": d.purpose,
                    "scopes": in_order(self.carried(d)),
                }
                for d in self.door
            ],
            "answers": [_answer(answer) for answer in self.answers],
        }  # fmt: skip


def explain(
    convention: Convention,
    issuer: str,
    event: str,
    recipient: str,
    purpose: str | None = None,
    categories: Iterable[str] = (),
) -> Explanation:
    """Explain an attempt, in both realms.

    Args:
        issuer, recipient: roles, in any case; of a publication, BUS and a reader.
        event, purpose: codes, in any case; without a purpose each is answered.
        categories: categories or scopes, in any case; none: what could pass at all.

    Raises:
        UsageError: `unknown_role`, `unknown_event`, `unknown_purpose`, `unknown_category`.
    """
    issuer = code_of(issuer, (*convention.roles, BUS), "unknown_role", "issuer")
    event = code_of(event, EVENT_TYPES, "unknown_event", "event")
    readers = (*convention.roles, *convention.readers)
    recipient = code_of(recipient, readers, "unknown_role", "recipient")
    if purpose:
        purpose = code_of(purpose, convention.known_purposes, "unknown_purpose", "purpose")
    scopes = (code_of(one, SCOPES, "unknown_category", "categories") for one in categories if one)
    asked = tuple(in_order(frozenset(scopes)))
    answers = tuple(
        _answered(Row(grant, issuer, recipient), asked)
        for grant in convention.grants
        if issuer in grant.issuers
        and recipient in grant.recipients
        and event == grant.event
        and (not purpose or purpose == grant.purpose)
    )
    released = {scope for answer in answers for scope in answer.released}
    lost = tuple(scope for scope in asked if scope not in released)
    why = reasons.NOT_PERMITTED if answers else _none(convention, recipient)
    found = Explanation(
        convention=convention,
        issuer=issuer,
        event=event,
        recipient=recipient,
        asked=asked,
        answers=answers,
        withheld={
            scope: (why, *_denied(convention, issuer, recipient, event, scope)) for scope in lost
        },
    )
    return replace(found, door=_doors(found, purpose)) if lost or not answers else found


def code_of(word: str, known: Iterable[str], code: str, place: str) -> str:
    """The known code that a word is, in any case.

    Raises:
        UsageError: `code` at this place, with all that are known.
    """
    for name in known:
        if name.casefold() == word.strip().casefold():
            return name
    raise UsageError(code, "another", f"one of {', '.join(known)}", place)


def _answered(row: Row, asked: tuple[str, ...]) -> ClauseAnswer:
    scopes = row.grant.scopes
    released = tuple(scope for scope in asked if releases(scopes, scope))
    wider = set(asked) - set(released)
    narrower = tuple(s for s in in_order(scopes) if "." in s and s.split(".")[0] in wider)
    return ClauseAnswer(row, released, narrower)


def _none(convention: Convention, recipient: str) -> str:
    return reasons.PUBLICATION_ONLY if recipient in convention.readers else reasons.NO_CLAUSE


def _denied(
    convention: Convention, issuer: str, recipient: str, event: str, scope: str
) -> tuple[str, ...]:
    """That no clause could ever let it pass."""
    role = recipient in convention.roles
    denied = role and hard_denials.denied(issuer, recipient, event, scope)
    return (reasons.HARD_DENIAL,) if denied else ()


def _doors(found: Explanation, purpose: str | None) -> tuple[Door, ...]:
    """Other ways that carry something of what is withheld, on either bus."""
    convention, issuer, lost = found.convention, found.issuer, tuple(found.withheld)
    asked = {(a.row.grant.clause, a.row.grant.event, a.row.grant.purpose) for a in found.answers}
    ways = (
        door
        for realm in REALMS
        for door in doors(convention, realm, issuer, found.event, lost, found.recipient, purpose)
        if (door.clause, door.event, door.purpose) not in asked or door.role != found.recipient
    )
    return tuple(dict.fromkeys(door for door in ways if not lost or found.carried(door)))


def _answer(answer: ClauseAnswer) -> dict[str, Any]:
    row = answer.row.wire()
    wanted = ("clause", "purpose", "conditions", "owes", "keep", "basis")
    return {
        **{name: row[name] for name in wanted},
        "declare": [name for one in row["conditions"] for name in DECLARED.get(one, ())],
        "realm": answer.row.grant.realm,
        "released": list(answer.released),
        "narrower": list(answer.narrower),
    }
