"""A change in French and English, from its data: what a steering committee reads (`diff`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.decision.doors import Door, doors
from contracts.vocabulary.scopes import KEPT_DAYS
from services.committee.diff.change import Change, Group, tops
from services.committee.diff.deadline_text import moved_text
from services.committee.diff.duty_terms import Terms
from services.committee.diff.naming import act_label, wording
from services.committee.diff.openings_text import WHOLE
from services.committee.explain.voices import door_text
from services.committee.matrix.clause_margin import basis_text, part_text
from services.committee.texts.clause_sentence import (
    Form,
    conditions_sentence,
    duty_sentence,
    head,
    keep_text,
    named,
    party_text,
    scopes_text,
)
from services.committee.texts.french import as_what, capital, from_whom, that, to_whom
from services.committee.texts.labels import (
    act_text,
    condition_text,
    either,
    event_label,
    purpose_label,
)
from services.committee.texts.origins import origin_texts
from services.texts import Catalogue, Text, series, typeset

_ = Catalogue(__name__)
_TITLES: Final[dict[Group, Text]] = {
    "opened": _("What opens"),
    "closed": _("What closes"),
    "harder": _("What becomes harder"),
    "easier": _("What becomes easier"),
    "otherwise": _("What changes otherwise"),
}
_SAME: Final = _("No difference in what may be shared.")
_SUBJECT: Final = _(
    "From {issuers} to {recipients}, as {label}, in order to {purpose} (clause {clause}): "
)
_CLAUSE_HEAD: Final = _("{head} (clause {clause}): {scopes}")
_LEFT: Final = _("Still permitted: {scopes}.")
_REQUIRED: Final = _("it is now also required {condition}.")
_NOT_REQUIRED: Final = _("it is no longer required {condition}.")
_KEPT: Final = _("the copy on the bus is destroyed after {becomes} days at most, no longer {was}.")
_DUTY_ADDED: Final = _("a duty is added: {duty}")
_DUTY_FALLS: Final = _("a duty falls: until now, {duty}")
_KNOWN_TO: Final = _("The event and its sender thereby become known to {third}.")
_DEADLINE: Final = _("{who} owes {whom} {act}, now {when}.")
_TAKES_PART: Final = _("by this event {who} now takes part in the case.")
_LEAVES: Final = _("by this event {who} no longer takes part in the case.")
_NUMBER: Final = _(
    "clause {was} becomes clause {becomes}; what is owed under one of these numbers stays with it."
)
_ORIGIN: Final = _("Origin: {origins}.")
_BASIS_MORE: Final = _("the legal basis now includes: {texts}.")
_BASIS_LESS: Final = _("the legal basis no longer includes: {texts}.")


def title(group: Group, lang: str) -> str:
    """The heading of a group."""
    return _TITLES[group].say(lang)


def same_text(lang: str) -> str:
    """What is said of two files that mean the same."""
    return _SAME.say(lang)


def sentence(old: Convention, new: Convention, change: Change, lang: str) -> str:
    """One change as a sentence or a few, on one line.

    Args:
        lang: `fr` or `en`.
    """
    words = wording(old, new)
    say = _SAY.get(change.atom.kind) or WHOLE[change.atom.kind]
    return typeset(say(words, change, lang), lang)


def subject(words: Convention, change: Change, lang: str) -> str:
    """`From … to …, as …, in order to … (clause R02): `."""
    grant = change.grants[1] or change.grants[0]
    label = act_label(words, grant, lang) if grant else event_label(change.event, lang)
    purpose, clause = purpose_label(change.purpose, lang, words), change.clause
    who = [from_whom(named(words, role, lang), lang) for role in change.issuers]
    whom = [to_whom(named(words, role, lang), lang) for role in change.recipients]
    facts = {"label": as_what(label, lang), "purpose": purpose, "clause": clause}
    sides = {"issuers": either(who, lang), "recipients": either(whom, lang)}
    return capital(_SUBJECT.say(lang, **sides, **facts))


def _scopes(words: Convention, change: Change, lang: str) -> str:
    """What is opened or closed: the clause's own sentence, for these desks and scopes alone."""
    atom, opened = change.atom, change.atom.group == "opened"
    grant = change.grants[1 if opened else 0]
    if grant is None:
        return ""
    form: Form = ("now" if atom.new_question else "also") if opened else "no_longer"
    part = replace(
        grant,
        issuers=change.issuers,
        recipients=change.recipients,
        scopes=tops(atom.what),
        conditions=atom.conditions if opened else (),  # type: ignore[arg-type]
        label=grant.label | {lang: act_label(words, grant, lang)},
    )
    lines = [_with_clause(head(words, part, lang, form), grant.clause, lang)]
    if opened:
        lines.append(conditions_sentence(part, lang))
        if atom.terms is not None and not grant.publication:
            lines += _terms(words, grant, atom.terms, lang)
        return " ".join(line for line in lines if line)
    lines.append(_left(words, atom.becomes, lang))
    if len(change.issuers) == 1:
        ways = doors_of(words, change)
        lines += [door_text(words, change.issuers[0], door, lang) for door in ways]
    return " ".join(line for line in lines if line)


def doors_of(new: Convention, change: Change) -> tuple[Door, ...]:
    """By which other ways what is closed can still go: only those that carry all of it."""
    issuer, closed = change.issuers[0], frozenset(change.atom.what)
    asked = change.realm, issuer, change.event, tops(change.atom.what)
    ways = doors(new, *asked, change.recipients[0], change.purpose)

    def carries(door: Door) -> bool:
        sides = (issuer, door.role), (door.role, None)  # its own clause, or a colleague's
        return any(
            (grant.realm, grant.event, grant.purpose) == (change.realm, door.event, door.purpose)
            and who in grant.issuers
            and (whom is None or whom in grant.recipients)
            and closed <= grant.released
            for grant in new.by_clause[door.clause]
            for who, whom in sides
        )

    return tuple(door for door in ways if carries(door))


def _left(new: Convention, narrow: tuple[str, ...], lang: str) -> str:
    """What of a category still passes when the category as a whole no longer does."""
    if not narrow:
        return ""
    left = scopes_text(frozenset(narrow), lang, new)
    return _LEFT.say(lang, scopes=left)


def _terms(convention: Convention, grant: Grant, terms: Terms, lang: str) -> list[str]:
    """Duties, participants and retention of these recipients, then texts and origin."""
    duties = [duty_sentence(convention, grant, duty, lang) for duty in terms.duties]
    part = part_text(convention, terms.assigns, lang) if terms.assigns else ""
    origins = series(origin_texts(convention, grant, terms.duties, lang), lang)
    basis, origin = basis_text(convention, grant, lang), _ORIGIN.say(lang, origins=origins)
    return [*duties, part, keep_text(terms.keep, lang), basis, origin]


def _condition(words: Convention, change: Change, lang: str) -> str:
    condition = that(condition_text(change.atom.what[0], lang), lang)
    text = _REQUIRED if change.group == "harder" else _NOT_REQUIRED
    return subject(words, change, lang) + text.say(lang, condition=condition)


def _retention(words: Convention, change: Change, lang: str) -> str:
    was, becomes = (KEPT_DAYS[keep[0]] for keep in (change.atom.was, change.atom.becomes))
    return subject(words, change, lang) + _KEPT.say(lang, was=was, becomes=becomes)


def _duty(words: Convention, change: Change, lang: str) -> str:
    duty = change.atom.duty
    grant = change.grants[1] or change.grants[0]
    if duty is None or grant is None:
        return ""
    said = duty_sentence(words, grant, duty, lang)
    text = _DUTY_ADDED if change.group == "harder" else _DUTY_FALLS
    owes = text.say(lang, duty=said[:1].lower() + said[1:])
    return subject(words, change, lang) + owes + _told(words, change, lang)


def _told(words: Convention, change: Change, lang: str) -> str:
    """That a duty tells a third role of the event, if the change opens this."""
    duty = change.atom.duty
    if duty is None or not change.atom.opens:
        return ""
    third = [
        from_whom(party_text(words, party, lang), lang)
        for party in duty.third
        if party not in change.recipients
    ]
    return f" {_KNOWN_TO.say(lang, third=third)}"


def _deadline(words: Convention, change: Change, lang: str) -> str:
    duty, atom = change.atom.duty, change.atom
    if duty is None:
        return ""
    who, whom = (party_text(words, party, lang) for party in (duty.debtor, duty.creditor))
    facts = {"act": act_text(duty.act, lang, words), "when": moved_text(duty, atom.was, lang)}
    text = _DEADLINE.say(lang, who=who, whom=to_whom(whom, lang), **facts)
    return subject(words, change, lang) + text + _told(words, change, lang)


def _assignment(words: Convention, change: Change, lang: str) -> str:
    who = party_text(words, change.atom.what[0], lang)
    text = _TAKES_PART if change.group == "easier" else _LEAVES
    return subject(words, change, lang) + text.say(lang, who=who)


def _clause(words: Convention, change: Change, lang: str) -> str:
    (was,), (becomes,) = change.atom.was, change.atom.becomes
    return subject(words, change, lang) + _NUMBER.say(lang, was=was, becomes=becomes)


def _basis(words: Convention, change: Change, lang: str) -> str:
    was, becomes = change.atom.was, change.atom.becomes
    more, less = (
        series((words.texts[code][lang] for code in these if code not in those), lang)
        for these, those in ((becomes, was), (was, becomes))
    )
    said = _BASIS_MORE.say(lang, texts=more) if more else ""
    said += " " * bool(more and less) + (_BASIS_LESS.say(lang, texts=less) if less else "")
    return subject(words, change, lang) + said


def _with_clause(text: str, clause: str, lang: str) -> str:
    """The head of a clause's sentence with the clause's number before its colon."""
    colon = " : " if lang == "fr" else ": "
    before, _colon, scopes = text.rpartition(colon)
    return _CLAUSE_HEAD.say(lang, head=before, clause=clause, scopes=scopes)


_SAY: Final[dict[str, Callable[[Convention, Change, str], str]]] = {
    "scopes": _scopes,
    "condition": _condition,
    "retention": _retention,
    "duty": _duty,
    "deadline": _deadline,
    "assignment": _assignment,
    "clause": _clause,
    "basis": _basis,
}
