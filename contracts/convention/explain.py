"""One attempt, answered: what would pass, by which clause, what would not and why, which door.

Without a purpose every purpose is answered: a scope counts as released if one of them releases it.
The answer knows no case: conditions are named, not judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from contracts import guard, reasons
from contracts.convention.matrix import Row, in_order
from contracts.convention.model import Convention, Grant
from contracts.convention.sentences import scopes_text
from contracts.convention.wording import (
    condition_text,
    event_label,
    owed_text,
    purpose_label,
    reason_text,
    role_label,
    scope_label,
)
from contracts.doors import Door, doors
from contracts.errors import UsageError
from contracts.scopes import EVENT_TYPES, PURPOSES, REALMS, SCOPES, releases

_IMMEDIATE: Final = (
    "Danger immédiat : composez le 17 ; le 119 conseille à toute heure.",
    "Immediate danger: call 17; 119 advises at any hour.",
)


@dataclass(frozen=True, slots=True)
class Answer:
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
    """The whole answer; `wire` for programs, `text` for people."""

    convention: Convention = field(repr=False)
    issuer: str
    event: str
    recipient: str
    asked: tuple[str, ...]
    answers: tuple[Answer, ...]
    released: tuple[str, ...]
    withheld: dict[str, tuple[str, ...]]
    reasons: tuple[str, ...]
    door: tuple[Door, ...]

    @property
    def clauses(self) -> tuple[str, ...]:
        """Ids of the clauses that answer."""
        return tuple(dict.fromkeys(answer.row.grant.clause for answer in self.answers))

    def wire(self, lang: str) -> dict[str, Any]:
        """`released`, `withheld`, `clauses` and `door`, as `use.md` gives them, and the rest."""
        return {
            "issuer": self.issuer,
            "event": self.event,
            "recipient": self.recipient,
            "released": list(self.released),
            "withheld": [
                {"scope": scope, "reasons": list(why)} for scope, why in self.withheld.items()
            ],
            "reasons": list(self.reasons),
            "clauses": list(self.clauses),
            "door": [
                {"clause": d.clause, "role": d.role, "event": d.event, "purpose": d.purpose}
                for d in self.door
            ],
            "answers": [self._answer(answer) for answer in self.answers],
            "text": self.text(lang),
        }

    def _answer(self, answer: Answer) -> dict[str, Any]:
        row = answer.row.wire()
        wanted = ("clause", "purpose", "conditions", "owes", "keep", "basis")
        return {
            **{name: row[name] for name in wanted},
            "realm": answer.row.grant.realm,
            "released": list(answer.released),
            "narrower": list(answer.narrower),
        }

    def text(self, lang: str) -> str:
        """The answer in French or English, one statement a line."""
        lines = [self._headline(lang)]
        for answer in self.answers:
            lines += self._answer_lines(answer, lang)
        for scope, why in self.withheld.items():
            no = _line("Non, ", "No, ", lang) + scope_label(scope, lang, self.convention)
            lines.append(f"{no}{_colon(lang)}{_because(why, lang)}.")
        lines += [f"→ {door_text(self.convention, self.issuer, door, lang)}" for door in self.door]
        if any(door.event == "SIG" for door in self.door):
            lines.append(_line(*_IMMEDIATE, lang))
        return "\n".join(lines)

    def _headline(self, lang: str) -> str:
        issuer, recipient = (
            role_label(role, lang, self.convention) for role in (self.issuer, self.recipient)
        )
        head = f"{issuer} → {recipient}, {event_label(self.event, lang)} ({self.event})"
        if self.answers:
            return f"{head}{_colon(lang).rstrip()}"
        return f"{head}{_colon(lang)}{_line('non', 'no', lang)}, {_because(self.reasons, lang)}."

    def _answer_lines(self, answer: Answer, lang: str) -> list[str]:
        grant = answer.row.grant
        purpose = purpose_label(grant.purpose, lang)
        lead = f"{grant.clause}, {_line('pour', 'to', lang)} {purpose}{_colon(lang)}"
        passing = frozenset(answer.released) | frozenset(answer.narrower)
        if not self.asked:
            passing = grant.scopes
        if not passing:
            nothing = _line("rien de ce qui est demandé", "nothing of what is asked", lang)
            return [f"{lead}{nothing}."]
        scopes = scopes_text(passing, lang, self.convention)
        lines = [f"{lead}{_line('oui', 'yes', lang)}, {scopes}."]
        if grant.conditions:
            that = _line(" ; que ", "; that ", lang)
            texts = that.join(condition_text(name, lang) for name in grant.conditions)
            lines.append(f"   {_line('À condition que', 'Provided that', lang)} {texts}.")
        for duty in answer.row.duties:
            who = role_label(answer.row.party(duty.debtor), lang, self.convention)
            whom = role_label(answer.row.party(duty.creditor), lang, self.convention)
            owed = f"{_line('Est dû', 'Owed', lang)}{_colon(lang)}{who} → {whom}"
            lines.append(f"   {owed}, {owed_text(duty, lang)}.")
        return lines


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
        issuer, recipient: roles, in any case; a reader of publications may be the recipient.
        event, purpose: codes, in any case; without a purpose each is answered.
        categories: categories or scopes, in any case; none: what could pass at all.

    Raises:
        UsageError: `unknown_role`, `unknown_event`, `unknown_purpose`, `unknown_category`.
    """
    sender = _one_of(issuer, tuple(convention.roles), "unknown_role")
    addressee = _one_of(recipient, (*convention.roles, *convention.readers), "unknown_role")
    etype = _one_of(event, EVENT_TYPES, "unknown_event")
    why = _one_of(purpose, PURPOSES, "unknown_purpose") if purpose else None
    named = {_one_of(word, tuple(SCOPES), "unknown_category") for word in categories if word}
    asked = tuple(in_order(frozenset(named)))
    answers = tuple(
        _answer(grant, sender, addressee, asked)
        for grant in convention.grants
        if _applies(grant, sender, etype, addressee, why)
    )
    released = tuple(s for s in asked if any(s in answer.released for answer in answers))
    lost = tuple(scope for scope in asked if scope not in released)
    return Explanation(
        convention=convention,
        issuer=sender,
        event=etype,
        recipient=addressee,
        asked=asked,
        answers=answers,
        released=released,
        withheld={s: _why(convention, sender, addressee, etype, s, answers) for s in lost},
        reasons=() if answers else (_none(convention, addressee),),
        door=_doors(convention, sender, etype, addressee, why, lost, answers),
    )


def door_text(convention: Convention, issuer: str, door: Door, lang: str) -> str:
    """A door in words; a colleague's is told as such."""
    role = role_label(door.role, lang, convention)
    event, purpose = event_label(door.event, lang), purpose_label(door.purpose, lang)
    if door.role in convention.roles and convention.roles[issuer].colleague == door.role:
        grants = [g for g in convention.grants if g.clause == door.clause]
        if any(door.role in grant.issuers and issuer not in grant.issuers for grant in grants):
            rest = _line("Pour le reste, dans la même maison", "The rest, in the same house", lang)
            return f"{rest}{_colon(lang)}{role}, {event} ({door.clause})."
    right = _line("La bonne porte", "The right door", lang) + _colon(lang)
    if door.event == "SIG":
        right += _line("si le danger est grave, ", "if the danger is grave, ", lang)
    return f"{right}{role}, {event}, {_line('pour', 'to', lang)} {purpose} ({door.clause})."


def _line(french: str, english: str, lang: str) -> str:
    return french if lang == "fr" else english


def _colon(lang: str) -> str:
    return " : " if lang == "fr" else ": "


def _because(why: Iterable[str], lang: str) -> str:
    return _line(" ; ", "; ", lang).join(reason_text(code, lang) for code in why)


def _applies(grant: Grant, issuer: str, event: str, recipient: str, purpose: str | None) -> bool:
    return (
        not grant.publication
        and issuer in grant.issuers
        and recipient in grant.recipients
        and event == grant.event
        and purpose in (None, grant.purpose)
    )


def _answer(grant: Grant, issuer: str, recipient: str, asked: tuple[str, ...]) -> Answer:
    released = tuple(scope for scope in asked if releases(grant.scopes, scope))
    wider = {scope for scope in asked if scope not in released}
    narrower = tuple(s for s in in_order(grant.scopes) if "." in s and s.split(".")[0] in wider)
    return Answer(Row(grant, issuer, recipient), released, narrower)


def _why(
    convention: Convention,
    issuer: str,
    recipient: str,
    event: str,
    scope: str,
    answers: tuple[Answer, ...],
) -> tuple[str, ...]:
    why = [reasons.NOT_PERMITTED if answers else _none(convention, recipient)]
    if recipient in convention.roles and guard.denied(issuer, recipient, event, scope):
        why.append(reasons.HARD_DENIAL)
    return tuple(why)


def _none(convention: Convention, recipient: str) -> str:
    return reasons.PUBLICATION_ONLY if recipient in convention.readers else reasons.NO_CLAUSE


def _doors(
    convention: Convention,
    issuer: str,
    event: str,
    recipient: str,
    purpose: str | None,
    lost: tuple[str, ...],
    answers: tuple[Answer, ...],
) -> tuple[Door, ...]:
    if answers and not lost:
        return ()
    asked = {(a.row.grant.clause, a.row.grant.event, a.row.grant.purpose) for a in answers}
    found = [
        door
        for realm in REALMS
        for door in doors(convention, realm, issuer, event, lost, recipient, purpose)
        if (door.clause, door.event, door.purpose) not in asked or door.role != recipient
    ]
    return tuple(dict.fromkeys(found))


def _one_of(word: str, known: tuple[str, ...], code: str) -> str:
    for name in known:
        if name.casefold() == word.strip().casefold():
            return name
    raise UsageError(code, "another", f"one of {', '.join(known)}")
