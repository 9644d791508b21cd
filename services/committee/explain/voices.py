"""An explanation in words, without codes: these are in its JSON (`explain`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.convention.model import Convention
from contracts.decision.doors import Door
from services.committee.explain.explain import ClauseAnswer, Explanation
from services.committee.texts.clause_sentence import (
    conditions_sentence,
    duty_sentence,
    keep_text,
    named,
    scopes_text,
)
from services.committee.texts.french import capital, from_whom, to_whom
from services.committee.texts.labels import (
    event_label,
    plain_text,
    purpose_label,
    reason_text,
    role_label,
    scopes_named,
)
from services.texts import Catalogue, series, typeset

_ = Catalogue(__name__)
_HEAD: Final = _("From {issuer} to {recipient}, {event}")
_YES: Final = _("{purpose}: yes, for {scopes}.")
_NOTHING: Final = _("{purpose}: nothing of what is asked.")
_BLOCKED: Final = _("{what}: no. {why}.")
_DOOR: Final = _("Suggested recipient: {role}, {event}, to {purpose}{only}.")
_GRAVE_DOOR: Final = _(
    "Suggested recipient if the danger is grave: {role}, {event}, to {purpose}{only}."
)
_COLLEAGUE: Final = _("The rest, in the same institution: {role}, {event}.")
_COLLEAGUE_FOR: Final = _("For {scopes}, in the same institution: {role}, {event}.")
_ONLY: Final = _("(only for {scopes})")
_IMMEDIATE: Final = _("Immediate danger: call 17; 119 advises at any hour.")
_NO: Final = _("No: {what}.")
_PURPOSE: Final = _.pgettext("purpose", "to {purpose}")


def told(explanation: Explanation, lang: str) -> str:
    """The answer, one statement a line.

    Args:
        lang: `fr` or `en`.
    """
    return typeset("\n".join(_lines(explanation, lang)), lang)


def _of_colleague(convention: Convention, issuer: str, door: Door) -> bool:
    """Whether a door is a clause that the issuer's colleague may use, and not the issuer."""
    if door.role not in convention.roles or convention.roles[issuer].colleague != door.role:
        return False
    grants = convention.by_clause[door.clause]
    return any(door.role in grant.issuers and issuer not in grant.issuers for grant in grants)


def _door(explanation: Explanation, door: Door, lang: str) -> str:
    """A door with what passes by it if not all; a colleague's is told as such, always with it."""
    convention, carried = explanation.convention, explanation.carried(door)
    role, event = role_label(door.role, lang, convention), event_label(door.event, lang)
    what = scopes_named(carried, lang, convention)
    if _of_colleague(convention, explanation.issuer, door):
        text = _COLLEAGUE_FOR if what else _COLLEAGUE
        return text.say(lang, role=role, event=event, scopes=what)
    whole = carried == frozenset(explanation.withheld)
    only = "" if whole else f" {_ONLY.say(lang, scopes=what)}"
    purpose = purpose_label(door.purpose, lang, convention)
    right = _GRAVE_DOOR if door.event == "SIG" else _DOOR
    return right.say(lang, role=role, event=event, purpose=purpose, only=only)


def _lines(explanation: Explanation, lang: str) -> list[str]:
    lines = [_headline(explanation, lang)]
    for answer in explanation.answers:
        lines += _answered(explanation, answer, lang)
    for why in dict.fromkeys(explanation.withheld.values()):
        more = [
            reason for reason in why if reason not in explanation.reasons
        ]  # else told in the headline
        if not more:
            continue
        scopes = frozenset(scope for scope, own in explanation.withheld.items() if own == why)
        no = _NO.say(lang, what=scopes_text(scopes, lang, explanation.convention))
        lines.append(f"{no} {capital(_because(more, lang))}.")
    lines += [f"→ {_door(explanation, door, lang)}" for door in explanation.door]
    if any(door.event == "SIG" for door in explanation.door):
        lines.append(_IMMEDIATE.say(lang))
    return lines


def _headline(explanation: Explanation, lang: str) -> str:
    who, whom = (
        named(explanation.convention, role, lang)
        for role in (explanation.issuer, explanation.recipient)
    )
    what = event_label(explanation.event, lang)
    sides = {"issuer": from_whom(who, lang), "recipient": to_whom(whom, lang)}
    head = capital(_HEAD.say(lang, **sides, event=what))
    if explanation.answers:
        return f"{head}."
    return _BLOCKED.say(lang, what=head, why=capital(_because(explanation.reasons, lang)))


def _answered(explanation: Explanation, answer: ClauseAnswer, lang: str) -> list[str]:
    grant, convention = answer.row.grant, explanation.convention
    named = purpose_label(grant.purpose, lang, convention)
    purpose = capital(_PURPOSE.say(lang, purpose=named))
    passing = frozenset(answer.released) | frozenset(answer.narrower)
    if not explanation.asked:
        passing = grant.scopes
    if not passing:
        return [_NOTHING.say(lang, purpose=purpose)]
    scopes = scopes_named(passing, lang, convention)
    more = [
        conditions_sentence(grant, lang),
        *(plain_text(duty_sentence(convention, grant, duty, lang)) for duty in answer.row.duties),
        keep_text(grant.keep, lang),
    ]
    yes = _YES.say(lang, purpose=purpose, scopes=scopes)
    return [yes, *(f"   {line}" for line in more if line)]


def _because(why: Iterable[str], lang: str) -> str:
    return series((reason_text(code, lang) for code in why), lang)
