"""One attempt, answered: what would pass, by which clause, what would not and why, which door.

Without a purpose every purpose is answered: a scope counts as released if one of them releases it.
Roles alone know no case: conditions are named, not judged. An event shows what it declares: its
conditions are judged, as far as they do not read the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.convention import hard_denials
from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.convention.rows import Row, in_order
from contracts.decision.conditions import DEPENDS, scope_reasons
from contracts.decision.doors import Door, doors
from contracts.errors import UsageError
from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import DECLARED
from contracts.vocabulary.scopes import EVENT_TYPES, REALMS, SCOPES, releases
from services.committee.explain.question_of_event import Posed
from services.committee.matrix.rows import BUS


@dataclass(frozen=True, slots=True)
class ClauseAnswer:
    """What one clause says to the attempt.

    Attributes:
        row: the grant between these two roles.
        released: asked scopes that pass: if the conditions hold, or, of an event, since they do.
        narrower: scopes that pass instead of a wider one that was asked.
        unmet: reasons of the conditions that the event does not meet.
        depends: some condition reads the case, which the event does not show.
        empty: the event has no content for this addressee.
        barred: scopes that the clause lets pass and the event does not, with the reasons: sealed
            for another retention class, not in the original of a copy.
    """

    row: Row
    released: tuple[str, ...]
    narrower: tuple[str, ...]
    unmet: tuple[str, ...] = ()
    depends: bool = False
    barred: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole answer; `wire` for programs, `voices.told` for people.

    Attributes:
        judged: conditions were held against an event.
        unknown: what an event alone does not show, as `Posed` has it.
    """

    convention: Convention = field(repr=False)
    issuer: str
    event: str
    recipient: str
    asked: tuple[str, ...]
    answers: tuple[ClauseAnswer, ...]
    released: tuple[str, ...]
    withheld: dict[str, tuple[str, ...]]
    reasons: tuple[str, ...]
    door: tuple[Door, ...]
    judged: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def clauses(self) -> tuple[str, ...]:
        """Ids of the clauses that answer."""
        return tuple(dict.fromkeys(answer.row.grant.clause for answer in self.answers))

    def carried(self, door: Door) -> frozenset[str]:
        """Which of the withheld scopes pass by a door: its own clause's, or a colleague's."""
        return carried(self.convention, self.issuer, door, self.withheld)

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
            "unknown": list(self.unknown),
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
    named = {_one_of(word, tuple(SCOPES), "unknown_category") for word in categories if word}
    readers = (*convention.roles, *convention.readers)
    return _explained(
        convention,
        Posed(
            "",
            _one_of(issuer, (*convention.roles, BUS), "unknown_role"),
            _one_of(event, EVENT_TYPES, "unknown_event"),
            _one_of(recipient, readers, "unknown_role"),
            _one_of(purpose, convention.known_purposes, "unknown_purpose") if purpose else "",
            tuple(in_order(frozenset(named))),
            None,
        ),
    )


def explain_posed(convention: Convention, posed: Posed) -> Explanation:
    """Explain one addressee's question of an event or an example: conditions are judged."""
    scopes = tuple(in_order(frozenset(posed.scopes)))
    asked = replace(posed, scopes=scopes)
    return _refusal(convention, asked) if posed.refused else _explained(convention, asked)


def _refusal(convention: Convention, posed: Posed) -> Explanation:
    """What no clause is asked about: nothing passes."""
    lost = posed.scopes
    door = reasons.UNKNOWN_DESK in posed.refused  # elsewhere no other act would do instead
    return Explanation(
        convention=convention,
        issuer=posed.issuer,
        event=posed.event,
        recipient=posed.recipient,
        asked=lost,
        answers=(),
        released=(),
        withheld=dict.fromkeys(lost, posed.refused),
        reasons=posed.refused,
        door=_doors(convention, posed, lost, ()) if door else (),
        judged=True,
    )


def _explained(convention: Convention, posed: Posed) -> Explanation:
    asked = posed.scopes
    answers = tuple(_judge(grant, posed) for grant in convention.grants if _applies(grant, posed))
    released = tuple(s for s in asked if any(s in answer.released for answer in answers))
    lost = tuple(scope for scope in asked if scope not in released)
    return Explanation(
        convention=convention,
        issuer=posed.issuer,
        event=posed.event,
        recipient=posed.recipient,
        asked=asked,
        answers=answers,
        released=released,
        withheld={scope: _why(convention, posed, scope, answers) for scope in lost},
        reasons=() if answers else (_none(convention, posed.recipient),),
        door=_doors(convention, posed, lost, answers),
        judged=posed.facts is not None,
        unknown=posed.unknown,
    )


def _applies(grant: Grant, posed: Posed) -> bool:
    return (
        grant.publication == (posed.issuer == BUS)
        and posed.issuer in grant.issuers
        and posed.recipient in grant.recipients
        and posed.event == grant.event
        and posed.purpose in ("", grant.purpose)
        and posed.realm in ("", grant.realm)
    )


def _judge(grant: Grant, posed: Posed) -> ClauseAnswer:
    failed = posed.facts.failures(grant) if posed.facts is not None else ()
    unmet = tuple(reason for reason in failed if reason != DEPENDS)
    passing = [scope for scope in posed.scopes if releases(grant.scopes, scope)]
    barred = {scope: why for scope in passing if (why := _bars(grant, posed, scope))}
    released = tuple(s for s in passing if s not in barred) if not unmet else ()
    wider = {scope for scope in posed.scopes if scope not in passing}
    narrower = tuple(s for s in in_order(grant.scopes) if "." in s and s.split(".")[0] in wider)
    row = Row(grant, posed.issuer, posed.recipient)
    empty = posed.facts is not None and posed.facts.empty
    return ClauseAnswer(row, released, narrower, unmet, DEPENDS in failed, barred, empty)


def _bars(grant: Grant, posed: Posed, scope: str) -> tuple[str, ...]:
    """Why routing would withhold a scope that the grant lets pass; empty if it would not."""
    facts = posed.facts
    if facts is None:
        return ()
    why = scope_reasons(grant, posed.issuer, posed.recipient, scope, facts.original(grant))
    return (*why, reasons.WRONG_RETENTION) if facts.wrongly_sealed(grant, scope) else why


def _why(
    convention: Convention, posed: Posed, scope: str, answers: tuple[ClauseAnswer, ...]
) -> tuple[str, ...]:
    """Why a scope does not pass: the clause's conditions, or that none lets it."""
    unmet = [
        reason
        for answer in answers
        if releases(answer.row.grant.scopes, scope)
        for reason in (*answer.unmet, *answer.barred.get(scope, ()))
    ]
    why = unmet or [reasons.NOT_PERMITTED if answers else _none(convention, posed.recipient)]
    known = posed.recipient in convention.roles
    if known and hard_denials.denied(posed.issuer, posed.recipient, posed.event, scope):
        why.append(reasons.HARD_DENIAL)
    return tuple(dict.fromkeys(why))


def _none(convention: Convention, recipient: str) -> str:
    return reasons.PUBLICATION_ONLY if recipient in convention.readers else reasons.NO_CLAUSE


def _doors(
    convention: Convention, posed: Posed, lost: tuple[str, ...], answers: tuple[ClauseAnswer, ...]
) -> tuple[Door, ...]:
    if answers and not lost:
        return ()
    asked = {(a.row.grant.clause, a.row.grant.event, a.row.grant.purpose) for a in answers}
    ways = [
        door
        for realm in ((posed.realm,) if posed.realm else REALMS)
        for door in doors(
            convention, realm, posed.issuer, posed.event, lost, posed.recipient,
            posed.purpose or None,
        )
        if (door.clause, door.event, door.purpose) not in asked or door.role != posed.recipient
    ]  # fmt: skip
    fitting = (d for d in ways if not lost or carried(convention, posed.issuer, d, lost))
    return tuple(dict.fromkeys(fitting))


def carried(
    convention: Convention, issuer: str, door: Door, scopes: Iterable[str]
) -> frozenset[str]:
    """Which scopes a door lets through, by its clause and the hard denials."""
    passing: set[str] = set()
    for grant in convention.by_clause[door.clause]:
        if (grant.event, grant.purpose) != (door.event, door.purpose):
            continue
        own = issuer in grant.issuers and door.role in grant.recipients
        if not own and door.role not in grant.issuers:
            continue
        sender = issuer if own else door.role
        for whom in (door.role,) if own else grant.recipients:
            passing |= {s for s in scopes if not scope_reasons(grant, sender, whom, s, None)}
    return frozenset(passing)


def _answer(answer: ClauseAnswer) -> dict[str, Any]:
    row = answer.row.wire()
    wanted = ("clause", "purpose", "conditions", "owes", "keep", "basis")
    return {
        **{name: row[name] for name in wanted},
        "declare": [name for one in row["conditions"] for name in DECLARED.get(one, ())],
        "realm": answer.row.grant.realm,
        "released": list(answer.released),
        "narrower": list(answer.narrower),
        "unmet": list(answer.unmet),
        "depends": answer.depends,
    }


def _one_of(word: str, known: tuple[str, ...], code: str) -> str:
    for name in known:
        if name.casefold() == word.strip().casefold():
            return name
    raise UsageError(code, "another", f"one of {', '.join(known)}")
